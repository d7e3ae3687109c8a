import type { components as notice } from './notice'
import type { components } from './schema'

type Schemas = components['schemas']
type NoticeSchemas = notice['schemas']

export type Agency = Schemas['AgencyView']
export type Attachment = Schemas['AttachmentView']
export type Campaign = Schemas['CampaignView']
export type CampaignSummary = Schemas['CampaignSummary']
export type Applications = Schemas['ApplicationsView']
export type Certificate = Schemas['CertificateView']
export type Check = Schemas['CheckView']
export type Deliverable = Schemas['DeliverableView']
export type EntrySummary = Schemas['EntrySummary']
export type EventView = Schemas['EventView']
export type Evidence = Schemas['EvidenceView']
export type FindingView = Schemas['FindingView']
export type Limits = Schemas['LimitsView']
export type QuotaView = Schemas['QuotaView']
export type Scan = Schemas['ScanView']
export type Slip = Schemas['SlipView']
export type StageView = Schemas['StageView']
export type Upload = Schemas['UploadView']

/** The notice itself travels as data; its shape is `notices/notice.schema.json`. */
export type Notice = NoticeSchemas['Notice']
export type Condition = Partial<NoticeSchemas['Condition']>
export type Field = NoticeSchemas['Field']
export type FieldKind = Field['kind']
export type Slot = NoticeSchemas['EvidenceSlot']
export type Route = NoticeSchemas['Route']
export type Declaration = NoticeSchemas['Declaration']

/** One account of a matrix (传播矩阵). */
export interface Child {
  name: string
  platform: string
  account_id: string
  followers: number
}
/** Text, whole number (per cent in hundredths) or accounts. */
export type Answer = string | number | Child[]
export type Answers = Record<string, Answer>

/** What an applicant chose before filling the form; keys of the notice. */
export interface Choice {
  subject: string
  category: string
  route: string
}

/** What an applicant writes. */
export type Written = Omit<Schemas['EntryInput'], 'answers'> & { answers: Answers }
/** An entry as its applicant sees it. */
export type Entry = Omit<Schemas['EntryView'], 'answers'> & { answers: Answers }

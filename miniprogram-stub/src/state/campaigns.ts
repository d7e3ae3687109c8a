import { call } from '@/api/call'
import type { Agency, Attachment, Campaign, Limits, Notice, StageView } from '@/api/types'
import { ServerClock } from '@/lib/countdown'
import { read, write } from '@/platform/storage'

export const clock = new ServerClock()

export interface Loaded {
  campaign: Campaign
  notice: Notice
  limits: Limits
  attachments: Attachment[]
  agencies: Agency[]
}

// frozen when the campaign was set up, so once is enough; the dates are not, they come anew each time
const notices = new Map<string, { notice: Notice; limits: Limits; attachments: Attachment[] }>()
const agencies = new Map<string, Agency[]>()

export async function campaignOf(slug: string): Promise<Campaign> {
  const sent = Date.now()
  const campaign = await call('get', '/campaigns/{slug}', { path: { slug } })
  clock.heard(campaign.server_time, sent)
  return campaign
}

export async function noticeOf(slug: string) {
  const known = notices.get(slug)
  if (known) return known
  const view = await call('get', '/campaigns/{slug}/notice', { path: { slug } })
  const loaded = { notice: view.notice as Notice, limits: view.limits as Limits, attachments: view.attachments }
  // one that the organiser still has to send comes later
  if (loaded.attachments.length === loaded.notice.attachment.length) notices.set(slug, loaded)
  return loaded
}

export async function agenciesOf(slug: string): Promise<Agency[]> {
  const known = agencies.get(slug)
  if (known) return known
  const all = await call('get', '/campaigns/{slug}/agencies', { path: { slug } })
  agencies.set(slug, all)
  return all
}

/** Everything about a campaign at once. */
export async function loadCampaign(slug: string): Promise<Loaded> {
  const [campaign, { notice, limits, attachments }, all] = await Promise.all([campaignOf(slug), noticeOf(slug), agenciesOf(slug)])
  return { campaign, notice, limits, attachments, agencies: all }
}

/** The window in which entries are begun and handed in, as it stands now. */
export function applyWindow(campaign: Campaign, notice: Notice): StageView | undefined {
  const keys = notice.stage.filter((s) => s.act?.includes('apply')).map((s) => s.key)
  const windows = campaign.stages.filter((s) => keys.includes(s.key))
  return windows.find((s) => s.open_now) ?? windows.find((s) => s.opens > campaign.server_time) ?? windows[windows.length - 1]
}

/** The deadline as it was when it was last looked at; keeps the new one. `undefined` when it did not move. */
export function movedFrom(slug: string, closes: number): number | undefined {
  const key = 'closes:' + slug
  const before = read<number>(key)
  write(key, closes)
  return before !== undefined && before !== closes ? before : undefined
}

import type { Field, Notice, Slot } from '@/api/types'

const when = {} as Field['when']
const cell = (key: string, more: object): Field => ({ key, label: key, required: true, added: false, personal: false, hint: null, clause: null, when, ...more }) as Field
const slot = (key: string, more: object): Slot =>
  ({ key, label: key, kind: 'image', min: 1, max: 3, max_seconds: null, seconds_effect: null, stamped_form: false, suggested: [], clause: null, when, ...more }) as Slot

/** A notice with one of everything that the client decides by itself. */
export const notice = {
  region: '341600',
  subject: [{ key: 'account', label: '账号' }, { key: 'matrix', label: '矩阵' }],
  category: [{ key: 'government', label: '政务', subject: [] }, { key: 'other', label: '其他', needs_text: true, subject: ['account'] }],
  route: [{ key: 'self', label: '自行', via: null }, { key: 'county', label: '县区', via: { tier: 'county', system: 'cyberspace', under: 'city' } }],
  platform: [{ key: 'wechat', label: '微信' }],
  agency: [
    { key: 'city', name: '市网信办', tier: 'city', system: 'cyberspace', region: '341600' },
    { key: 'county', name: '县网信办', tier: 'county', system: 'cyberspace', region: '341602', parent: 'city' },
  ],
  form: {
    title: '申报表',
    field: [
      cell('name', { kind: 'text', max_chars: 5 }),
      cell('record', { kind: 'text', max_chars: 60, when: { subject: ['website'] } }),
      cell('kind', { kind: 'choice', options: [{ key: 'party', label: '机关' }, { key: 'person', label: '个人' }] }),
      cell('credit', { kind: 'credit_code', when: { answer: [{ field: 'kind', is: ['party'] }] } }),
      cell('seal', { kind: 'text', max_chars: 60, when: { answer: [{ field: 'credit', is: ['A'] }] } }),
      cell('children', { kind: 'children', max: 3, when: { subject: ['matrix'] } }),
      cell('sum', { kind: 'children_followers', when: { subject: ['matrix'] } }),
      cell('share', { kind: 'percent', required: false }),
    ],
    declaration: [{ key: 'truth', text: '属实', when }],
  },
  evidence: [slot('pictures', {}), slot('licence', { kind: 'scan', when: { answer: [{ field: 'kind', is: ['party'] }] } })],
  step: [{ key: 'county', label: '县区审核' }, { key: 'city', label: '市级审核' }],
  rule: [],
  deliverable: [],
} as unknown as Notice


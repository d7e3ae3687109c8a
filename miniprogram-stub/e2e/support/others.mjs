// Other applicants, who are not looked at: over the API, as a client would.
import fs from 'node:fs'

const ANSWERS = {
  domain_or_id: '', platform: 'wechat', operator_kind: 'party', address: '建设路1号', postcode: '233600', contact: '王五', mobile: '13700137000',
  email: 'other@example.cn', followers: 20000, summary: '账号主要情况。',
}

/** Somebody who is signed in by phone; the token. */
export async function applicant(server, phone) {
  await server.call('POST', '/api/v1/phone-codes', { body: { phone } })
  return (await server.call('POST', '/api/v1/sessions/phone', { body: { phone, code: await server.code() } })).token
}

/** A draft of an account in 亳州, with everything it needs. */
export async function draft(world, token, { name, operator = name, county = '谯城区委网信办', region = '341602' }) {
  const { server, things } = world
  const agencies = await server.call('GET', '/api/v1/campaigns/bozhou-2022/agencies')
  const body = {
    subject: 'account', category: 'government', route: 'county', agency_id: agencies.find((a) => a.name === county).id, region,
    answers: { ...ANSWERS, name, domain_or_id: `id-${name}`, host_unit: operator, region },
  }
  const entry = await server.call('POST', '/api/v1/campaigns/bozhou-2022/entries', { token, body, headers: { 'idempotency-key': `draft-${Date.now()}-${Math.random()}` } })
  for (const slot of ['pictures', 'pictures', 'pictures', 'video', 'qualification']) {
    const form = new FormData()
    form.append('slot', slot)
    const at = slot === 'video' ? things.film('其他.mp4', 5) : things.picture(`其他${Math.random()}.png`, { width: 64, height: 48 })
    form.append('file', new Blob([fs.readFileSync(at)]), slot === 'video' ? '其他.mp4' : '其他.png')
    const answer = await fetch(`${server.url}/api/v1/entries/${entry.id}/evidence`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: form })
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  }
  return entry.id
}

export async function handIn(world, token, id) {
  const { version } = await world.server.call('GET', `/api/v1/entries/${id}`, { token })
  return world.server.call('POST', `/api/v1/entries/${id}/submission`, { token, body: { declarations: ['one-route'] }, headers: { 'if-match': String(version), 'idempotency-key': `submit-${id}` } })
}

// Other applicants, who are not looked at: over the API, as a client would.
import fs from 'node:fs'

const ANSWERS = {
  domain_or_id: '', platform: 'wechat', operator_kind: 'party', address: '建设路1号', postcode: '233600', contact: '王五', mobile: '13700137000',
  email: 'other@example.cn', followers: 20000, summary: '账号主要情况。',
}

export const NEEDED = ['pictures', 'pictures', 'pictures', 'video', 'qualification']

/** Somebody who is signed in by phone; the token. */
export async function applicant(server, phone) {
  await server.call('POST', '/api/v1/phone-codes', { body: { phone } })
  return (await server.call('POST', '/api/v1/sessions/phone', { body: { phone, code: await server.code() } })).token
}

/** A draft of an account in 亳州, with everything it needs. */
export async function draft(world, token, { name, operator = name, county = '谯城区委网信办', region = '341602', files = NEEDED }) {
  const { server } = world
  const answers = { ...ANSWERS, name, domain_or_id: `id-${name}`, host_unit: operator, region }
  const id = await begin(server, token, 'bozhou-2022', county, { subject: 'account', category: 'government', route: 'county', region, answers })
  for (const slot of files) await attach(world, token, id, slot)
  return id
}

/** An account of a university in 陕西, handed in: what is asked of it afterwards is what is looked at. */
export async function university(world, token, name) {
  const { server } = world
  const answers = {
    name, platform: 'wechat', account_id: `id-${name}`, operator: '党委宣传部', level: 'province', followers: 20_000, profile: '简介', contact: '李某', phone: '029-1234567',
  }
  const id = await begin(server, token, 'shaanxi-universities-2024', '西安交通大学', { subject: 'account', category: 'government', route: 'university', region: '610103', answers })
  for (const slot of ['followers_proof', 'stamped_form']) await attach(world, token, id, slot)
  await handIn(world, token, id, ['no-criticism'])
  return id
}

async function begin(server, token, slug, agency, written) {
  const agencies = await server.call('GET', `/api/v1/campaigns/${slug}/agencies`)
  const body = { ...written, agency_id: agencies.find((a) => a.name === agency).id }
  const entry = await server.call('POST', `/api/v1/campaigns/${slug}/entries`, { token, body, headers: { 'idempotency-key': `draft-${Date.now()}-${Math.random()}` } })
  return entry.id
}

async function attach({ server, things }, token, id, slot) {
  const form = new FormData()
  form.append('slot', slot)
  const at = slot === 'video' ? things.film('其他.mp4', 5) : things.picture(`其他${Math.random()}.png`, { width: 64, height: 48 })
  form.append('file', new Blob([fs.readFileSync(at)]), slot === 'video' ? '其他.mp4' : '其他.png')
  const answer = await fetch(`${server.url}/api/v1/entries/${id}/evidence`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: form })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
}

export async function handIn(world, token, id, declarations = ['one-route']) {
  const { version } = await world.server.call('GET', `/api/v1/entries/${id}`, { token })
  return world.server.call('POST', `/api/v1/entries/${id}/submission`, { token, body: { declarations }, headers: { 'if-match': String(version), 'idempotency-key': `submit-${id}` } })
}

// What comes with a notice: an organiser sends a campaign with an attachment; anybody finds it on the notice's page, without a sign-in.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { downloaded, person } from '../support/person.mjs'
import { project } from '../support/places.mjs'

const SLUG = 'hubei-attached'
const NAMED = '[[attachment]]\nkey = "guide"\nlabel = "填报说明"\nfile = "guide.pdf"\nclause = "填报说明（附件1）"\n\n[form]'

export async function attached(world) {
  const { server } = world
  const text = (name) => fs.readFileSync(path.join(project, 'notices/three-tier', name), 'utf8')
  const organiser = await server.officer('three-tier.organiser')
  const notice = text('notice.toml').replace('key = "three-tier"', `key = "${SLUG}"`).replace('[form]', NAMED)
  await organiser.call('POST', '/campaigns', { slug: SLUG, texts: { notice, form: text('form.typ') } }, { 'idempotency-key': SLUG })

  const hua = await person(world)
  await hua.v.open(`#/pages/notice/index?slug=${SLUG}`)
  await hua.find('#blank-form').waitFor()
  assert.equal(await hua.find('#attachment-guide').count(), 0, 'it was not sent yet')
  const blank = await downloaded(hua.page, () => hua.tap('#blank-form'))
  assert.equal(blank.subarray(0, 5).toString(), '%PDF-')

  const form = new FormData()
  form.append('file', new Blob([blank]), 'guide.pdf')
  const sent = await fetch(`${server.url}/admin/api/v1/campaigns/${SLUG}/attachments/guide`, { method: 'PUT', headers: { authorization: `Bearer ${organiser.token}` }, body: form })
  assert.equal(sent.status, 200, await sent.text())
  await hua.page.reload()
  await hua.shows('#attachment-guide', /下载（PDF，\d+KB）/)
  assert.equal(await hua.find('#attachment-guide').getAttribute('aria-label'), '下载填报说明')
  assert.deepEqual(await hua.v.tooSmall(44), [])
  const [download] = await Promise.all([hua.page.waitForEvent('download'), hua.tap('#attachment-guide')])
  assert.equal(download.suggestedFilename(), '填报说明.pdf')
  assert.deepEqual(fs.readFileSync(await download.path()), blank)
  await hua.screen('notice-attachments')
}

// How long a person waits for the first screen, and how much is sent for it.
import assert from 'node:assert/strict'
import { visit } from '../support/visit.mjs'

// a third-generation network in the country, as browsers' own tools play it
const SLOW = { offline: false, latency: 400, downloadThroughput: (500 * 1024) / 8, uploadThroughput: (500 * 1024) / 8 }
/** Seconds until the campaigns can be read there, at most. */
const LONGEST = 10

export async function onASlowLine(t, chromium, server, firstWords) {
  const v = await visit(chromium, server)
  const line = await v.context.newCDPSession(v.page)
  await line.send('Network.enable')
  await line.send('Network.emulateNetworkConditions', SLOW)
  let bytes = 0
  line.on('Network.loadingFinished', (done) => (bytes += done.encodedDataLength))
  const began = Date.now()
  await v.open()
  await v.page.getByText(firstWords).first().waitFor()
  const seconds = (Date.now() - began) / 1000
  const paint = await v.page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0)
  t.diagnostic(`first screen at 500 kbit/s and 400 ms: something after ${(paint / 1000).toFixed(1)} s, the campaigns after ${seconds.toFixed(1)} s; ${(bytes / 1024).toFixed(0)} KB sent`)
  assert.ok(seconds < LONGEST, `${seconds} s`)

  const again = Date.now()
  await v.page.reload()
  await v.page.getByText(firstWords).first().waitFor()
  t.diagnostic(`the second time: ${((Date.now() - again) / 1000).toFixed(1)} s`)
  await v.close()
}

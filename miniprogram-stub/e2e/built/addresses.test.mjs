// Nothing that was built names anybody else's address, so that nothing can be asked of one.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { filesOf, miniProgram, page } from '../support/places.mjs'

// names of XML vocabularies, and pages that messages of the frameworks send developers to; nothing is loaded from them
// nor is this machine somebody else: a mini-program without VITE_SERVER looks for the demo
const NAMES = /^https?:\/\/(127\.0\.0\.1$|www\.w3\.org|vuejs\.org|uniapp\.dcloud\.net\.cn\/tutorial\/run\/mp-log\.html$)/

/** Addresses in a text that stand for somebody. */
export const foreign = (text) => [...text.matchAll(/(?:https?|wss?):\/\/[\w.-]+[\w/.%-]*/g)].map((m) => m[0]).filter((address) => !NAMES.test(address))
/** `//host/path` in an attribute or a style. */
const withoutScheme = (text) => [...text.matchAll(/(?:src|href)=["']?(\/\/[\w-]+\.[\w./-]+)|url\(["']?(\/\/[\w-]+\.[\w./-]+)/g)].map((m) => m[1] ?? m[2])

for (const [name, root] of [['page', page], ['mini-program', miniProgram]]) {
  test(`the ${name} names no address of others`, () => {
    const texts = filesOf(root).filter((file) => /\.(js|css|html|json|wxml|wxss|wxs|svg)$/.test(file))
    assert.ok(texts.length > 3)
    const found = texts.flatMap((file) => {
      const text = fs.readFileSync(path.join(root, file), 'utf8')
      return [...foreign(text), ...withoutScheme(text)].map((address) => `${file}: ${address}`)
    })
    assert.deepEqual(found, [])
  })
}

test('such an address would be found', () => {
  assert.deepEqual(foreign('a("https://cdn.dcloud.net.cn/img/shadow-grey.png"),b="http://www.w3.org/2000/svg"'), ['https://cdn.dcloud.net.cn/img/shadow-grey.png'])
  assert.deepEqual(withoutScheme('a{background:url(//cdn.example.cn/a.png)}'), ['//cdn.example.cn/a.png'])
})

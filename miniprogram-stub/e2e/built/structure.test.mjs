// The built mini-program as WeChat's tools would first look at it.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { miniProgram } from '../support/places.mjs'
import { faultsOf, mainPackageBytes, pagesOf } from '../support/structure.mjs'

const LIMIT = 300 * 1024

test('the mini-program could be opened', () => {
  assert.deepEqual(faultsOf(miniProgram), [])
})

test('its main package is small', (t) => {
  const bytes = mainPackageBytes(miniProgram)
  t.diagnostic(`main package of the mini-program: ${(bytes / 1024).toFixed(0)} KB of ${LIMIT / 1024} KB`)
  assert.ok(bytes <= LIMIT, `${bytes} bytes`)
})

/** Does something to a copy, and gives what is then found. */
function faultsAfter(damage) {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'mini-program-'))
  try {
    fs.cpSync(miniProgram, copy, { recursive: true })
    const edit = (name, change) => fs.writeFileSync(path.join(copy, name), change(fs.readFileSync(path.join(copy, name), 'utf8')))
    damage(copy, pagesOf(copy)[0], edit)
    return faultsOf(copy)
  } finally {
    fs.rmSync(copy, { recursive: true })
  }
}

test('damage of every kind is found', () => {
  const damages = {
    'a tag that is not closed': [/^wcc/, (_, page, edit) => edit(page + '.wxml', (text) => text.replace(/<\/view>(?![\s\S]*<\/view>)/, ''))],
    'a stray brace in a style': [/^wcsc/, (_, __, edit) => edit('app.wxss', (text) => text + '\n.a { { color')],
    'a script that does not parse': [/^app\.js/, (_, __, edit) => edit('app.js', (text) => text + '\nconst = 1')],
    'a page without its template': [/lacks \.wxml/, (copy, page) => fs.rmSync(path.join(copy, page + '.wxml'))],
    'a component that is not there': [/which lacks/, (_, page, edit) => edit(page + '.json', (text) => JSON.stringify({ ...JSON.parse(text), usingComponents: { gone: '/gone' } }))],
  }
  for (const [name, [told, damage]] of Object.entries(damages)) {
    const faults = faultsAfter(damage)
    assert.ok(faults.some((fault) => told.test(fault)), `${name}: ${JSON.stringify(faults)}`)
  }
})

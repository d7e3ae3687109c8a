// 山西: a matrix of five accounts, and a person of the net with an account.
import assert from 'node:assert/strict'
import { SHANXI } from '../support/answers.mjs'
import { person } from '../support/person.mjs'

export async function matrix(world) {
  const ma = await person(world)
  await begins(ma, '13800138003', { subject: 'matrix' })
  await ma.fillIn({ ...SHANXI, name: '黄河岸边新媒体传播矩阵' })
  await ma.choose({ operator_kind: 'institution', origin: 'inside' })
  await ma.pick('#field-region', '太原市')
  for (let i = 0; i < 4; i++) await writesAccount(ma, i)
  await ma.tap('#next')
  await ma.at('evidence')
  await ma.tap('#next')
  await ma.at('review')
  // four accounts are too few, and the notice says how many
  await ma.shows('#blocking', /5个/)
  await ma.screen('matrix-too-few')
  await ma.tap('#jump-children')
  await ma.at('form')
  await ma.find('#field-children-name-3').waitFor()
  await writesAccount(ma, 4)
  await ma.shows('#field-matrix_followers', /15010/)
  await ma.screen('matrix-form')
  await ma.tap('#next')
  await ma.at('evidence')
  await ma.tap('#next')
  await declares(ma)
}

export async function celebrity(world) {
  const wang = await person(world)
  await begins(wang, '13800138004', { subject: 'account', category: 'celebrity' })
  await wang.fillIn({ ...SHANXI, name: '老王说山西', account_id: 'laowang-shanxi', followers: '9999' })
  await wang.choose({ platform: 'douyin', operator_kind: 'individual', origin: 'inside' })
  await wang.pick('#field-region', '太原市')
  await wang.tap('#next')
  await wang.at('evidence')
  await wang.tap('#next')
  await wang.at('review')
  await wang.shows('#blocking', /10000/)
  await wang.tap('#jump-followers')
  await wang.at('form')
  await wang.fillIn({ followers: '10000' })
  await wang.tap('#next')
  await wang.at('evidence')
  await wang.tap('#next')
  await declares(wang)
}

async function begins(who, phone, { subject, category }) {
  await who.v.open()
  await who.tap('#campaign-shanxi-2024')
  await who.sees('省内各级党政机关、企事业单位')
  await who.screen('notice-shanxi')
  await who.tap('#begin')
  await who.at('sign-in')
  await who.signIn(phone)
  await who.at('start')
  await who.tap(`#subject-${subject}`)
  if (category) await who.tap(`#category-${category}`)
  await who.tap('#route-self')
  await who.tap('#unit-none')
  await who.pick('#region', '太原市')
  await who.find('#may-begin').waitFor()
  await who.tap('#start')
  await who.at('form')
  await who.find('#field-name').waitFor()
}

async function writesAccount(who, i) {
  await who.tap('#field-children-add')
  await who.type(`#field-children-name-${i}`, `黄河岸边${i + 1}号`)
  await who.type(`#field-children-platform-${i}`, i % 2 ? '抖音' : '微信公众号')
  await who.type(`#field-children-account-${i}`, `hhab-${i + 1}`)
  await who.type(`#field-children-followers-${i}`, String(3000 + i))
}

async function declares(who) {
  await who.at('review')
  await who.find('#nothing-blocks').waitFor()
  for (const key of ['truth', 'no-penalty', 'no-measure']) {
    await who.tap('#submit')
    assert.match(await who.words('#submit-fault'), /勾选承诺/)
    await who.tap(`#declare-${key}`)
  }
  await who.screen('review-shanxi')
  await who.tap('#submit')
  await who.at('receipt')
  assert.match(await who.words('#receipt-number'), /\d/)
}

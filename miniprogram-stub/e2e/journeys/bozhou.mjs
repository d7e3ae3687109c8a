// 亳州: a county's account from registration to the last step, returned and corrected once.
import assert from 'node:assert/strict'
import { QIAOCHENG } from '../support/answers.mjs'
import { person } from '../support/person.mjs'

export async function bozhou(world) {
  const bai = await person(world)
  await beginsInQiaocheng(bai, '13800138002')
  await writes(bai)
}

/** From the campaign to an empty form. */
export async function beginsInQiaocheng(who, phone, subject = 'account') {
  await who.v.open()
  await who.tap('#campaign-bozhou-2022')
  await who.tap('#begin')
  await who.at('sign-in')
  await who.signIn(phone)
  await who.at('start')
  await chooses(who, subject)
  await who.find('#may-begin').waitFor()
  await who.screen('start-chosen')
  await who.tap('#start')
  await who.at('form')
}

async function chooses(who, subject) {
  await who.tap(`#subject-${subject}`)
  await who.tap('#category-government')
  await who.tap('#route-county')
  await who.tapWords('谯城区委网信办')
  await who.tap('#unit-none')
}

async function writes(who) {
  await who.tap('#next')
  await who.find('#fault-name').waitFor()
  await who.screen('form-faults')
  await who.fillIn(QIAOCHENG)
  await who.choose({ operator_kind: 'party' })
  await who.pick('#field-platform', '微信')
  assert.match(await who.words('#field-platform'), /微信/)
  await who.screen('form-filled')
  await who.tap('#next')
  await who.at('evidence')
}

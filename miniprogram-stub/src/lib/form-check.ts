import type { Answer, Answers, Child, Choice, Field, Notice } from '@/api/types'
import { askedFields, isEmpty } from './condition'
import { countChars, hasForbidden, narrow, tidy } from './text'

/**
 * What can be said about an answer at once, before the server says it: the same limits, the same sentences. The server
 * has the last word; an answer that passes here may still be refused there.
 */
export function faultOf(field: Field, answer: Answer | undefined, whole: boolean): string {
  if (isEmpty(answer)) return whole && field.required && field.kind !== 'children_followers' ? missing(field) : ''
  switch (field.kind) {
    case 'integer':
      return wholeNumber(answer, field.min ?? 0, field.max ?? null)
    case 'percent':
      return typeof answer === 'number' && answer >= 0 && answer <= 10_000 ? '' : '应填0至100，最多两位小数'
    case 'children':
      return childrenFault(answer as Child[], field.max)
    case 'children_followers':
      return ''
    default:
      return textFault(field, String(answer))
  }
}

/** The fault of every asked field that has one, by key. */
export function faults(notice: Notice, choice: Choice, answers: Answers, whole: boolean): Record<string, string> {
  const found: Record<string, string> = {}
  for (const field of askedFields(notice, choice, answers)) {
    const fault = faultOf(field, answers[field.key], whole)
    if (fault) found[field.key] = fault
  }
  return found
}

function missing(field: Field): string {
  const chosen = ['choice', 'platform', 'region', 'date'].includes(field.kind)
  return `请${chosen ? '选择' : '填写'}${field.label}`
}

function wholeNumber(answer: Answer | undefined, min: number, max: number | null): string {
  if (typeof answer !== 'number' || !Number.isSafeInteger(answer)) return '应填整数，例如12000'
  if (answer < min) return `现为${answer}，不能小于${min}`
  if (max !== null && answer > max) return `现为${answer}，不能大于${max}`
  return ''
}

/** The fault of one account of a matrix; empty when it is whole. */
export function childFault(child: Child): string {
  const texts = [child.name, child.platform, child.account_id]
  if (texts.some((t) => !tidy(t ?? ''))) return '请写明名称、平台、账号ID和粉丝数量'
  if (texts.some((t) => countChars(t) > 100 || hasForbidden(t))) return '名称、平台、账号ID各不超过100字'
  if (!Number.isSafeInteger(child.followers) || child.followers < 0) return '粉丝数量应填整数'
  return ''
}

function childrenFault(list: Child[], max: number): string {
  if (list.length > max) return `最多${max}个账号，现有${list.length}个`
  const bad = list.findIndex((c) => childFault(c) !== '')
  if (bad >= 0) return `第${bad + 1}个账号：${childFault(list[bad] as Child)}`
  const keys = list.map((c) => tidy(c.platform) + '\n' + tidy(c.account_id).toLowerCase())
  const twice = keys.findIndex((k, i) => keys.indexOf(k) !== i)
  return twice >= 0 ? `账号“${list[twice]?.name}”重复填写` : ''
}

function textFault(field: Field, text: string): string {
  if (hasForbidden(text)) return '含有不可见的控制字符，请删除后重填'
  const longest = field.kind === 'text' || field.kind === 'long_text' ? field.max_chars : 300
  const count = countChars(text)
  if (count > longest) return `现有${count}字，不能超过${longest}字`
  const plain = narrow(text)
  switch (field.kind) {
    case 'text':
    case 'address':
    case 'platform':
      return tidy(text).includes('\n') ? '应写成一行' : ''
    case 'mobile':
      return /^1[3-9]\d{9}$/.test(plain) ? '' : '手机号码应为11位数字'
    case 'postcode':
      return /^\d{6}$/.test(plain) ? '' : '邮政编码应为6位数字'
    case 'email':
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(plain) ? '' : '电子邮箱有误'
    case 'telephone':
      return /\d{5}/.test(plain.replace(/[-\s()转+]/g, '')) ? '' : '电话号码有误'
    case 'credit_code':
      return /^[0-9A-HJ-NPQRTUWXY]{18}$/.test(plain.toUpperCase()) ? '' : '统一社会信用代码应为18位，请核对'
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(plain) ? '' : '应填日期，如2022-05-23'
    default:
      return ''
  }
}

/** What is typed for a whole number, as an answer: text that is no number stays text, so that it is not lost. */
export function integerAnswer(typed: string): Answer {
  const plain = narrow(typed).replace(/[,，\s]/g, '')
  return /^\d{1,15}$/.test(plain) ? Number(plain) : tidy(typed)
}

/** What is typed for per cent, in hundredths: `60.5` is 6050. */
export function percentAnswer(typed: string): Answer {
  const plain = narrow(typed).replace(/[%\s]/g, '')
  const match = /^(\d{1,3})(?:\.(\d{0,2}))?$/.exec(plain)
  return match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : tidy(typed)
}

/** Hundredths as they are typed: 6050 is `60.5`. */
export function percentTyped(answer: Answer | undefined): string {
  return typeof answer === 'number' ? String(answer / 100) : String(answer ?? '')
}

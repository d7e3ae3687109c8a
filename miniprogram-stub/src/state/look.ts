import { computed, ref, watchEffect } from 'vue'
import { read, write } from '@/platform/storage'

/** 标准、大字、特大: letters, inputs and touch targets grow together. */
export type Look = 'standard' | 'large' | 'largest'
const order: Look[] = ['standard', 'large', 'largest']
const names: Record<Look, string> = { standard: '标准', large: '大字', largest: '特大' }

export const look = ref<Look>(read<Look>('look') ?? 'standard')
export const lookName = computed(() => names[look.value])
/** What the next tap on the switch gives. */
export const nextLookName = computed(() => names[next()])

function next(): Look {
  return order[(order.indexOf(look.value) + 1) % order.length] as Look
}

export function turnLook(): void {
  look.value = next()
  write('look', look.value)
}

// #ifdef H5
// what uni-app draws outside of pages follows this: pickers, dialogs, toasts
if (typeof document !== 'undefined') watchEffect(() => (document.body.dataset.look = look.value))
// #endif

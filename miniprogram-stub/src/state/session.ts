import { computed, ref } from 'vue'
import { keys, read, remove, write } from '@/platform/storage'

export interface Held {
  token: string
  expires_at: number
}

const held = ref<Held | undefined>(read<Held>('session'))
/** The server says that this session is over; the page shows how to sign in again. */
export const sessionLost = ref(false)

export const signedIn = computed(() => held.value !== undefined && held.value.expires_at > Date.now())

export function token(): string {
  return held.value?.token ?? ''
}

export function signIn(session: Held): void {
  held.value = session
  sessionLost.value = false
  write('session', session)
}

/** The server refused the token: revoked elsewhere or run out. What is typed stays on the phone. */
export function signedOut(refused: string): void {
  if (held.value?.token !== refused) return
  held.value = undefined
  remove('session')
  sessionLost.value = true
}

/** The applicant signs out: nothing personal stays on the phone. */
export function forget(): void {
  held.value = undefined
  sessionLost.value = false
  remove('session')
  for (const key of [...keys('draft:'), ...keys('upload:'), 'last']) remove(key)
}

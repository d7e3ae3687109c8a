import { ref } from 'vue'
import { inWords } from '@/api/problem'

/** Runs what a page needs; tells that it is under way, and in words what went wrong. */
export function useLoading() {
  const loading = ref(false)
  const fault = ref('')
  async function run(work: () => Promise<void>): Promise<boolean> {
    loading.value = true
    fault.value = ''
    try {
      await work()
      return true
    } catch (error) {
      fault.value = inWords(error)
      return false
    } finally {
      loading.value = false
    }
  }
  return { loading, fault, run }
}

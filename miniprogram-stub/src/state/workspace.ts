import { computed, ref, shallowRef } from 'vue'
import { call } from '@/api/call'
import type { Entry } from '@/api/types'
import { sendable } from '@/lib/condition'
import { DraftSync, writtenOf, type Kept } from '@/lib/draft-sync'
import { read, remove, write } from '@/platform/storage'
import { applyWindow, campaignOf, loadCampaign, movedFrom, type Loaded } from './campaigns'
import { until } from '@/lib/words'

export async function entryOf(id: string): Promise<Entry> {
  return (await call('get', '/entries/{id}', { path: { id } })) as Entry
}

/** An entry being written: what the server has, what is typed, the notice that asks for it. One a page. */
export function useWorkspace() {
  const entry = shallowRef<Entry>()
  const loaded = shallowRef<Loaded>()
  const sync = shallowRef<DraftSync>()
  const moved = ref('')
  // the sync is plain TypeScript; this counts its changes for the page
  const ticks = ref(0)

  const draft = computed(() => {
    void ticks.value
    const s = sync.value
    return {
      state: s?.state ?? 'saved', sentence: s?.sentence ?? '', savedAt: s?.savedAt ?? 0, phoneFull: s?.phoneFull ?? false,
      conflicts: s?.conflicts ?? [], faults: s?.faults ?? {}, written: s?.mine,
    }
  })
  const stage = computed(() => loaded.value && applyWindow(loaded.value.campaign, loaded.value.notice))
  const writable = computed(() => entry.value?.state === 'draft' || entry.value?.state === 'returned')
  const isOpen = (key: string) => entry.value?.state !== 'returned' || (entry.value.reopened ?? []).includes(key)

  async function open(id: string): Promise<void> {
    if (sync.value?.unsent) await sync.value.flush()
    sync.value?.stop()
    const fresh = await entryOf(id)
    const campaign = await loadCampaign(fresh.campaign)
    loaded.value = campaign
    entry.value = fresh
    sync.value = writable.value ? new DraftSync(fresh, port(id, campaign)) : undefined
    ticks.value++
    compare()
  }

  /** Says so when the deadline is another one than at the last look. */
  function compare(): void {
    const window = stage.value
    const before = window && entry.value?.state === 'draft' ? movedFrom(entry.value.campaign, window.closes) : undefined
    if (before && window) moved.value = `填写期间，截止时间已由${until(before)}调整为${until(window.closes)}，请按新的时间办理。已填写的内容不受影响。`
  }

  /** The deadline came, or somebody says so: is it still the same? */
  async function lookAgain(): Promise<void> {
    if (!loaded.value) return
    try {
      const campaign = await campaignOf(loaded.value.campaign.slug)
      loaded.value = { ...loaded.value, campaign }
      compare()
    } catch {
      // what was known before still holds; the server decides at the submission
    }
  }

  function port(id: string, { notice }: Loaded): ConstructorParameters<typeof DraftSync>[1] {
    return {
      load: () => entryOf(id),
      save: async (version, written) => {
        const saved = (await call('put', '/entries/{id}', { path: { id }, header: { 'If-Match': `"${version}"` }, body: written })) as Entry
        entry.value = saved
        return saved
      },
      sendable: (written) => sendable(notice, written),
      read: () => read<Kept>('draft:' + id),
      keep: (kept) => write('draft:' + id, kept),
      now: () => Date.now(),
      later: (ms, act) => {
        const timer = setTimeout(act, ms)
        return () => clearTimeout(timer)
      },
      changed: () => ticks.value++,
    }
  }

  /** Everything typed is on the server, as far as it can be; the entry as it is there now. */
  async function settle(): Promise<Entry | undefined> {
    await sync.value?.flush()
    if (entry.value) entry.value = await entryOf(entry.value.id)
    return entry.value
  }

  /** Handed in or taken back: the phone need not keep it any more. */
  function drop(id: string): void {
    sync.value?.stop()
    sync.value = undefined
    remove('draft:' + id)
  }

  function leave(): void {
    void sync.value?.flush()
  }

  return { entry, loaded, sync, draft, stage, moved, writable, isOpen, open, lookAgain, settle, drop, leave, written: () => sync.value?.mine ?? (entry.value && writtenOf(entry.value)) }
}

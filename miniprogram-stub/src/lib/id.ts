/** A key that nobody else uses: time and chance. Good for Idempotency-Key, not for secrets. */
export function newKey(): string {
  const chance = () => Math.random().toString(36).slice(2, 12)
  return `${Date.now().toString(36)}-${chance()}-${chance()}`
}

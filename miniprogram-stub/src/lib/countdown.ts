/** The server's clock as seen from here: the phone's own may be wrong by hours. */
export class ServerClock {
  private ahead = 0

  constructor(private readonly own: () => number = Date.now) {}

  /** An answer that was asked for at `sent` and came now said what time it is. */
  heard(serverTime: number, sent: number): void {
    const now = this.own()
    this.ahead = serverTime - (sent + (now - sent) / 2)
  }

  /** Epoch milliseconds by the server's clock. */
  now(): number {
    return Math.round(this.own() + this.ahead)
  }

  /** How far the phone is off, milliseconds; positive when it is slow. */
  get off(): number {
    return this.ahead
  }
}

/** What is left, as people say it: `2天3小时`, `3小时5分`, `4分09秒`. */
export function leftInWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
  if (d > 0) return `${d}天${h}小时`
  if (h > 0) return `${h}小时${m}分`
  return `${m}分${String(s).padStart(2, '0')}秒`
}

/** Calls back when the network returns; gives the way to stop listening. */
export function onReturn(act: () => void): () => void {
  const heard = (r: { isConnected: boolean }) => {
    if (r.isConnected) act()
  }
  uni.onNetworkStatusChange(heard)
  return () => uni.offNetworkStatusChange(heard)
}

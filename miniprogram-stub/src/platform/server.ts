/** Where the API is: in a browser the page's own origin, in a mini-program the server that the build names. */
export function server(): string {
  // #ifdef H5
  return ''
  // #endif
  // #ifndef H5
  return (import.meta.env.VITE_SERVER ?? 'http://127.0.0.1:8080').replace(/\/$/, '')
  // #endif
}

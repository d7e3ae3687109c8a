/// <reference types="vite/client" />

declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}

declare module 'virtual:regions' {
  /** `|11北京市;01北京市,0101东城区…`, see `build/regions.ts` */
  const table: string
  export default table
}

interface ImportMetaEnv {
  /** Where a mini-program finds the server, such as `https://tuixuan.example.cn`; pages in a browser are of the same origin. */
  readonly VITE_SERVER?: string
}

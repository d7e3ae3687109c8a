import { createSSRApp } from 'vue'
import App from './App.vue'

/** uni-app's way in. */
export function createApp() {
  return { app: createSSRApp(App) }
}

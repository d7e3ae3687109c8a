/**
 * uni-app's browser inputs put `aria-label` on the wrapping element, not on the control that a screen reader meets, and
 * its buttons and tappable views cannot be reached by keyboard. This mends both.
 */
export function makeAccessible(): void {
  // #ifdef H5
  const mend = () => {
    document.querySelectorAll('uni-input,uni-textarea').forEach((wrapper) => {
      const control = wrapper.querySelector('input,textarea')
      if (!control) return
      for (const name of ['aria-label', 'aria-invalid', 'aria-describedby', 'aria-required']) {
        const value = wrapper.getAttribute(name)
        if (value === null) control.removeAttribute(name)
        else if (control.getAttribute(name) !== value) control.setAttribute(name, value)
      }
    })
    document.querySelectorAll('uni-button:not([tabindex]),uni-view[role=button]:not([tabindex]),uni-picker:not([tabindex])').forEach((e) => {
      e.setAttribute('tabindex', '0')
      if (e.tagName !== 'UNI-VIEW') e.setAttribute('role', 'button')
    })
    document.querySelectorAll('[role=heading]:not([aria-level])').forEach((e) => e.setAttribute('aria-level', e.classList.contains('title') ? '1' : '2'))
    document.querySelectorAll('uni-page-head .uni-page-head-btn:not([role])').forEach((e) => {
      e.setAttribute('role', 'button')
      e.setAttribute('tabindex', '0')
      e.setAttribute('aria-label', '返回')
    })
  }
  let due = false
  new MutationObserver(() => {
    if (due) return
    due = true
    requestAnimationFrame(() => {
      due = false
      mend()
    })
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['aria-label', 'aria-invalid', 'aria-describedby'] })
  document.addEventListener('keydown', (e) => {
    const on = e.target as HTMLElement
    if ((e.key === 'Enter' || e.key === ' ') && on.getAttribute?.('role') === 'button') {
      e.preventDefault()
      on.click()
    }
  })
  mend()
  // #endif
}

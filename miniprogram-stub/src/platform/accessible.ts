/**
 * uni-app's browser inputs put `aria-label` on the wrapping element, not on the control that a screen reader meets, and
 * its buttons and tappable views cannot be reached by keyboard, and its pages have neither landmarks nor levels of
 * headings. This mends all three.
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
    document.querySelectorAll('uni-image img:not([alt])').forEach((e) => e.setAttribute('alt', e.closest('uni-image')?.getAttribute('alt') ?? ''))
    document.querySelectorAll('uni-button:not([tabindex]),uni-view[role=button]:not([tabindex]),uni-picker:not([tabindex])').forEach((e) => {
      e.setAttribute('tabindex', '0')
      if (e.tagName !== 'UNI-VIEW') e.setAttribute('role', 'button')
    })
    const named: [string, string, string | undefined][] = [
      ['.uni-page-head', 'banner', undefined],
      ['.uni-page-head__title', 'heading', '1'],
      ['uni-page-body', 'main', undefined],
      ['[role=heading]', 'heading', '2'],
    ]
    for (const [selector, role, level] of named) {
      document.querySelectorAll(selector).forEach((e) => {
        if (e.getAttribute('role') !== role) e.setAttribute('role', role)
        if (level && !e.hasAttribute('aria-level')) e.setAttribute('aria-level', level)
      })
    }
    document.querySelectorAll('uni-image').forEach((e) => {
      const picture = e.querySelector('img')
      const words = e.getAttribute('alt') ?? ''
      if (picture && picture.getAttribute('alt') !== words) picture.setAttribute('alt', words)
    })
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

// What the form of the desk does by itself where scripts run: it saves a draft as one types, and suggests communes.
// Without it the same buttons do the same.
(() => {
  'use strict'
  const form = document.querySelector('form[data-main]')
  if (!form) return
  const saved = document.getElementById('saved')
  const version = form.elements.version
  let timer = 0
  let busy = false
  let again = false
  // What was pressed while a save was on its way, and whether the form has gone.
  let pressed = null
  let gone = false
  let last = ''

  const body = () => {
    const fields = new URLSearchParams()
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') fields.append(name, value)
    return fields
  }
  const words = () => {
    const fields = body()
    fields.delete('version')
    return fields.toString()
  }
  const link = (text, to) => {
    const a = document.createElement('a')
    a.href = to
    a.textContent = text
    saved.replaceChildren(a)
  }

  const save = async () => {
    if (gone) return
    if (busy) {
      again = true
      return
    }
    const now = words()
    if (now === last) return
    busy = true
    try {
      const fields = body()
      const text = fields.toString()
      const answer = await fetch(form.action, {
        method: 'POST',
        headers: { Accept: 'application/json' },
        body: fields,
        // Goes on when the page is left, as far as browsers let it.
        keepalive: text.length < 60000,
        // What is pressed meanwhile waits for it no longer than this.
        signal: AbortSignal.timeout(8000),
      })
      if (answer.ok) {
        const said = await answer.json()
        version.value = said.version
        saved.textContent = said.words
        last = now
        // A reload comes back to what was saved.
        const here = new URL(form.action)
        here.pathname = here.pathname.replace(/[^/]*$/, said.key)
        form.action = here.href
        history.replaceState(null, '', here.pathname + location.search.replace(/[?&]done=[a-z-]*/, ''))
      } else if (answer.status === 409) {
        link(form.dataset.compare, (await answer.json()).compare)
        last = now
      } else {
        saved.textContent = answer.status === 401 ? form.dataset.ended : form.dataset.lost
      }
    } catch {
      saved.textContent = form.dataset.lost
    }
    busy = false
    if (pressed) {
      const button = pressed
      pressed = null
      again = false
      form.requestSubmit(button)
    } else if (again) {
      again = false
      save()
    }
  }

  last = words()
  form.addEventListener('input', event => {
    if (event.target.type === 'file') return
    clearTimeout(timer)
    timer = setTimeout(save, 700)
  })
  // What was typed in the last moment before the page is left.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') save()
  })
  // A button saves what is typed by itself. Both at once would be two texts of one draft, as of two people.
  form.addEventListener('submit', event => {
    clearTimeout(timer)
    if (busy) {
      event.preventDefault()
      pressed = event.submitter
    } else {
      gone = true
    }
  })
  window.addEventListener('pageshow', event => {
    if (event.persisted) gone = false
  })

  const cities = document.getElementById('l-cities')
  const postcodes = document.getElementById('l-postcodes')
  const own = [...cities.children].map(option => option.value)
  const options = (list, values) => list.replaceChildren(...[...new Set(values)].map(value => {
    const option = document.createElement('option')
    option.value = value
    return option
  }))
  let asked = 0
  const suggest = async field => {
    const typed = field.value.trim()
    if (typed.length < 2) return
    const turn = ++asked
    const address = form.dataset.places
    const answer = await fetch(`${address}${address.includes('?') ? '&' : '?'}q=${encodeURIComponent(typed)}`)
    if (!answer.ok || turn !== asked) return
    const found = await answer.json()
    options(cities, [...found.map(one => one.name), ...own])
    options(postcodes, found.flatMap(one => one.postcodes))
    const one = found.find(one => one.name === typed)
    if (!field.name.endsWith('-city') || !one || one.postcodes.length !== 1) return
    const postcode = form.elements[field.name.replace('-city', '-postcode')]
    if (!postcode.value) postcode.value = one.postcodes[0]
  }
  for (const field of form.querySelectorAll('[list=l-cities], [list=l-postcodes]')) {
    field.addEventListener('input', () => suggest(field).catch(() => {}))
  }
})()

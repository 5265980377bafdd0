/**
 * In development: who GraphiQL's requests are made as. The choice is the tab's own, so that two windows can be two people.
 * Runs in the page's head, before GraphiQL.
 */
(() => {
  const people = [
    { role: 'customer', label: 'Customers', names: ['Casey', 'Robin'] },
    { role: 'vendor', label: 'Vendors', names: ['Acme', 'Borel', 'Corvo'] },
    { role: 'service', label: 'Back end', names: ['Host'] },
  ];
  const kept = 'haggle:signed-in';
  const plainFetch = globalThis.fetch.bind(globalThis);

  let signedIn = read();
  const buttons = [];
  let status;

  function read() {
    try {
      return JSON.parse(sessionStorage.getItem(kept));
    } catch {
      return null;
    }
  }

  function keep(user) {
    signedIn = user;
    if (user) sessionStorage.setItem(kept, JSON.stringify(user));
    else sessionStorage.removeItem(kept);
    show();
  }

  async function signIn({ sub, name, role }) {
    const response = await plainFetch('/dev/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sub, name, role }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message);
    keep({ sub, name: answer.name, role, token: answer.token });
  }

  async function choose(user) {
    try {
      if (user) await signIn(user);
      else keep(null);
    } catch (error) {
      say(error.message, true);
    }
  }

  const isGraphQL = (request) => {
    const { origin, pathname } = new URL(request instanceof Request ? request.url : request, location.href);
    return origin === location.origin && pathname === '/graphql';
  };

  /** A header of one's own, from the header editor, goes before the bar's. */
  function withToken(request, init) {
    const headers = new Headers(init?.headers ?? (request instanceof Request ? request.headers : undefined));
    if (signedIn && !headers.has('authorization')) headers.set('authorization', `Bearer ${signedIn.token}`);
    return { ...init, headers };
  }

  globalThis.fetch = async (request, init) => {
    if (!isGraphQL(request)) return plainFetch(request, init);
    const response = await plainFetch(request, withToken(request, init));
    const isOurs = signedIn && !new Headers(init?.headers).has('authorization');
    if (response.status !== 401 || !isOurs || request instanceof Request) return response;
    // The token has expired, or the server has another secret now.
    await choose(signedIn);
    return plainFetch(request, withToken(request, init));
  };

  function say(text, failed = false) {
    status.textContent = text;
    status.classList.toggle('failed', failed);
  }

  function show() {
    for (const { button, sub, role } of buttons) {
      button.setAttribute('aria-pressed', String(sub === signedIn?.sub && role === signedIn?.role));
    }
    const stranger = signedIn && !buttons.some(({ sub, role }) => sub === signedIn.sub && role === signedIn.role);
    say(stranger ? `${signedIn.name}, ${signedIn.role}, in this window` : 'in this window only');
  }

  function element(name, properties = {}, ...children) {
    const { dataset, ...others } = properties;
    const made = Object.assign(document.createElement(name), others);
    Object.assign(made.dataset, dataset);
    made.append(...children);
    return made;
  }

  function personButton(name, role, user) {
    const button = element('button', { type: 'button', dataset: { role }, onclick: () => choose(user) }, name);
    buttons.push({ button, sub: user?.sub, role: user?.role });
    return button;
  }

  function otherName() {
    const name = element('input', {
      placeholder: 'Another name',
      ariaLabel: 'Another name',
      maxLength: 60,
      required: true,
    });
    const role = element('select', { ariaLabel: 'Role' });
    role.append(...people.map((group) => element('option', { value: group.role }, group.role)));
    const form = element('form', {}, name, role, element('button', { type: 'submit' }, 'Be'));
    form.onsubmit = (event) => {
      event.preventDefault();
      const text = name.value.trim();
      if (text) void choose({ sub: text.toLowerCase().replaceAll(/\s+/g, '-'), name: text, role: role.value });
    };
    return form;
  }

  document.addEventListener('DOMContentLoaded', () => {
    const groups = people.map(({ role, label, names }) =>
      element(
        'div',
        { className: 'group', role: 'group', ariaLabel: label },
        element('span', {}, label),
        ...names.map((name) => personButton(name, role, { sub: name.toLowerCase(), name, role })),
      ),
    );
    const nobody = element('div', { className: 'group' }, personButton('Nobody', 'nobody', null));
    status = element('output', {});
    const bar = element('header', { className: 'sign-in-bar' }, element('strong', {}, 'Act as'), ...groups, nobody);
    bar.append(otherName(), status);
    document.body.prepend(bar);
    show();
  });
})();

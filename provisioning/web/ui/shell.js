/*
 * shell: what stands around every page: skip link, navigation, who is signed in, language, light or dark, news, and the two dialogs of the
 * door (sign in again, confirm). `Bare` stands around the pages before that.
 *
 * A page gets {params, query}. It begins with <Heading title=…>…buttons…</Heading>, which is its only h1 and gets the focus when it is gone to.
 */
import {html, signal, useEffect, useRef, useState, useComputed, classes} from '/html.js';
import {t, rich, language, LANGUAGES, setLanguage} from '/i18n.js';
import {session, setup, signIn, signOut, may} from '/session.js';
import {door, reachable, send} from '/api.js';
import {live} from '/events.js';
import {place, href, go, matchRoute, setLeaving} from '/router.js';
import {ROUTES, SECTIONS} from '/routes.js';
import {useResource} from '/resource.js';
import {Lazy, preload} from '/ui/lazy.js';
import {Icon} from '/ui/icon.js';
import {Dialog, Dialogs, ask} from '/ui/dialog.js';
import {Toasts, toast, say} from '/ui/toast.js';
import {Mark} from '/ui/words.js';

const menuOpen = signal(false);
/* What the first page and the badge tell of. */
const OVERVIEW_ON = ['phone', 'site', 'alarm', 'reach', 'rollout', 'leases'];

setLeaving(() => ask({title: t('leave.title'), text: t('leave.text'), action: t('leave.yes'), danger: true}));

/** The head of a page. */
export function Heading({title, sub, children}) {
    const ref = useRef(null);
    useEffect(() => {
        document.title = `${title} · Provost`;
    }, [title]);
    useEffect(() => {
        if (place.value.path !== '/' || document.activeElement === document.body)
            ref.current.focus({preventScroll: true});
        say(title);
    }, []);
    return html`<div class="page-head"><div><h1 ref=${ref} tabindex="-1">${title}</h1>${sub && html`<p class="sub">${sub}</p>`}</div>
        ${children && html`<div class="page-actions">${children}</div>`}</div>`;
}

/** Light, dark, or as the system. */
export function setTheme(theme) {
    if (theme)
        document.documentElement.dataset.theme = theme;
    else
        delete document.documentElement.dataset.theme;
    try {
        theme ? localStorage.setItem('theme', theme) : localStorage.removeItem('theme');
    } catch { /* not kept */ }
}

function Choices() {
    const [theme, put] = useState(document.documentElement.dataset.theme ?? '');
    const choose = event => {
        put(event.target.value);
        setTheme(event.target.value);
    };
    return html`
        <label class="choose"><span class="spoken">${t('shell.language')}</span><${Icon} name="globe" />
            <select value=${language.value} onChange=${event => setLanguage(event.target.value)}>
                ${LANGUAGES.map(([code, name]) => html`<option key=${code} value=${code} lang=${code}>${name}</option>`)}</select></label>
        <label class="choose"><span class="spoken">${t('shell.theme')}</span><${Icon} name="moon" />
            <select value=${theme} onChange=${choose}><option value="">${t('shell.theme.system')}</option><option value="light">${t('shell.theme.light')}</option>
                <option value="dark">${t('shell.theme.dark')}</option></select></label>`;
}

/** Around the pages before somebody is in. */
export function Bare({children, busy, wide, account}) {
    return html`
        <div class=${classes('bare', wide && 'wide')}>
            <header class="bare-head"><span class="brand"><img src="/icon.svg" alt="" width="28" height="28" />Provost</span>
                ${!busy && html`<div class="bare-choices"><${Choices} />${account && html`<button class="plain" onClick=${signOut}><${Icon} name="out" /> ${t('shell.sign-out')}</button>`}</div>`}</header>
            <main id="main" tabindex="-1">${children}</main>
        </div>`;
}

function NavEntry({section, current, badge}) {
    const {route} = matchRoute(ROUTES, section.path);
    return html`
        <li><a href=${href(section.path)} class=${classes(current && 'chosen')} aria-current=${current ? 'page' : null} onClick=${() => {
            menuOpen.value = false;
        }} onPointerEnter=${() => preload(route.page, route.messages)}>
            <${Icon} name=${section.icon} /><span>${t(section.title)}</span>
            ${badge > 0 && html`<span class="badge"><span aria-hidden="true">${badge > 999 ? '999+' : badge}</span><span class="spoken">${t('nav.waiting.badge', {n: badge})}</span></span>`}</a></li>`;
}

function Search() {
    const box = useRef(null);
    useEffect(() => {
        const key = event => {
            if (event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest('input,textarea,select,dialog,[contenteditable]')) {
                event.preventDefault();
                box.current?.focus();
            }
        };
        document.addEventListener('keydown', key);
        return () => document.removeEventListener('keydown', key);
    }, []);
    return html`
        <form class="find" role="search" onSubmit=${event => {
            event.preventDefault();
            go('/phones', {text: box.current.value.trim()});
        }}><${Icon} name="search" /><input ref=${box} type="search" aria-label=${t('shell.find')} placeholder=${t('shell.find')} maxlength="100" /></form>`;
}

/** Around every page. */
export function Shell() {
    const found = matchRoute(ROUTES, place.value.path);
    const route = found?.route;
    const overview = useResource('/overview', {on: OVERVIEW_ON, rest: 1000});
    const hello = useRef(null);
    const name = overview.data?.site?.name;
    useEffect(() => {
        menuOpen.value = false;
        if (matchMedia('(max-width: 900px)').matches)
            scrollTo(0, 0);
    }, [place.value.path]);
    const skip = event => {
        event.preventDefault();
        document.getElementById('main').focus();
    };
    const section = SECTIONS.find(one => one.name === route?.section);
    return html`
        <a class="skip" href="#main" ref=${hello} onClick=${skip}>${t('shell.skip')}</a>
        <div class="shell">
            <header class="top">
                <button class="plain menu-button" aria-expanded=${String(menuOpen.value)} aria-controls="nav" onClick=${() => {
                    menuOpen.value = !menuOpen.value;
                }}><${Icon} name=${menuOpen.value ? 'close' : 'menu'} label=${t('shell.menu')} /></button>
                <a class="brand" href="#/"><img src="/icon.svg" alt="" width="24" height="24" /><span>Provost</span>${name && html`<span class="site">${name}</span>`}</a>
                <${Search} />
                <${Live} />
            </header>
            <nav id="nav" class=${classes('nav', menuOpen.value && 'open')} aria-label=${t('shell.nav')}>
                <ul>${SECTIONS.map(one => html`<${NavEntry} key=${one.name} section=${one} current=${one === section} badge=${one.name === 'waiting' ? overview.data?.waiting : 0} />`)}</ul>
                <div class="nav-foot">
                    <a href="#/me" class=${classes('who', route?.section === 'me' && 'chosen')}><${Icon} name="user" /><span><b>${session.value.name}</b><small>${t(`role.${session.value.role}`)}</small></span></a>
                    <${Choices} />
                    <button class="plain" onClick=${() => signOut().catch(toast)}><${Icon} name="out" /> ${t('shell.sign-out')}</button>
                </div>
            </nav>
            <main id="main" tabindex="-1">
                ${section?.tabs && html`<nav class="sub-nav" aria-label=${t(section.title)}><ul>${section.tabs.filter(([, , role]) => may(role ?? 'reader')).map(([path, title]) => html`
                    <li key=${path}><a href=${href(path)} aria-current=${place.value.path === path ? 'page' : null} class=${classes((place.value.path === path || place.value.path.startsWith(`${path}/`)) && 'chosen')}>${t(title)}</a></li>`)}</ul></nav>`}
                ${!found ? html`<${Heading} title=${t('shell.no-page')} /><p>${rich('shell.no-page.text', {link: html`<a href="#/">${t('nav.overview')}</a>`})}</p>`
                    : !may(route.role ?? 'reader') ? html`<${Heading} title=${t(route.title)} /><div class="notice warn"><${Icon} name="lock" /><p>${t('shell.no-right', {role: t(`role.${route.role}`)})}</p></div>`
                    : html`<${Lazy} key=${place.value.path} page=${route.page} messages=${route.messages} params=${found.params} query=${place.value.query} overview=${overview} />`}
            </main>
        </div>`;
}

/* Whether what is shown is what is. */
function Live() {
    const state = useComputed(() => !reachable.value ? 'bad' : live.value === 'live' ? 'good' : 'warn');
    return html`<div class="live" role="status"><${Mark} kind=${state.value} text=${t(`live.${state.value}`)} /></div>`;
}

/** News, dialogs, and the two questions of the door. */
export function Overlays() {
    return html`
        <${Dialogs} />
        ${door.value.signIn && session.value && html`<${Again} />`}
        ${door.value.confirm && html`<${Confirm} />`}
        <${Toasts} />`;
}

/* The session ended while somebody was at work: sign in over the page, which stays as it is. */
function Again() {
    const fields = [['name', 'text', 'username', session.value.name], ['password', 'password', 'current-password', ''], ['code', 'text', 'one-time-code', '']];
    return html`<${Door} title=${t('again.title')} text=${t('again.text')} fields=${fields} action=${t('door.sign-in')}
        send=${values => signIn(values.name, values.password, values.code)} onClose=${() => {
            const waiting = door.value.signIn;
            session.value = null;
            waiting?.reject(Object.assign(new Error(t('again.left')), {code: 'cancelled'}));
        }} />`;
}

/* Password and code for something that cannot be taken back. */
function Confirm() {
    const fields = [['password', 'password', 'current-password', ''], ['code', 'text', 'one-time-code', '']];
    return html`<${Door} title=${t('confirm.title')} text=${t('confirm.text')} fields=${fields} action=${t('confirm.action')}
        send=${async values => {
            await send('POST', '/session/confirm', values, {quiet: true});
            door.value.confirm?.resolve();
        }} onClose=${() => door.value.confirm?.reject(Object.assign(new Error(t('confirm.left')), {code: 'cancelled'}))} />`;
}

function Door({title, text, fields, action, send: go_, onClose}) {
    const [values, setValues] = useState(Object.fromEntries(fields.map(([name, , , value]) => [name, value])));
    const [error, setError] = useState(null);
    const [busy, setBusy] = useState(false);
    const submit = async event => {
        event.preventDefault();
        setBusy(true);
        setError(null);
        try {
            await go_(values);
        } catch (problem) {
            setError(problem.message);
            setBusy(false);
        }
    };
    return html`
        <${Dialog} title=${title} onClose=${onClose}>
            <form onSubmit=${submit}>
                <div class="dialog-body">
                    <p>${text}</p>
                    ${fields.map(([name, type, complete]) => html`
                        <div class="field" key=${name}><label for=${`door-${name}`}>${t(`door.${name}`)}</label>
                            <input id=${`door-${name}`} type=${type} autocomplete=${complete} inputmode=${name === 'code' ? 'numeric' : null} value=${values[name]} required
                                maxlength="256" onInput=${event => setValues({...values, [name]: event.target.value})} /></div>`)}
                    ${error && html`<div class="notice bad" role="alert"><${Icon} name="warning" /><p>${error}</p></div>`}
                </div>
                <footer><button type="button" onClick=${onClose}>${t('core.cancel')}</button><button class="primary" disabled=${busy} aria-busy=${busy}>${action}</button></footer>
            </form>
        </${Dialog}>`;
}

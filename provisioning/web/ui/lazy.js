/*
 * lazy: a page's module and its messages, loaded when first needed.
 *
 *   html`<${Lazy} page="phones" messages=${['phones', 'words']} params=${…} query=${…} />`
 */
import {html, useState, useEffect} from '/html.js';
import {loadMessages, t} from '/i18n.js';

const modules = new Map();

async function load(page, messages) {
    const [module] = await Promise.all([import(`/pages/${page}.js`), loadMessages(messages)]);
    modules.set(page, module.default);
}

/** Loads a page ahead of time: the pointer is on its link. */
export function preload(page, messages) {
    if (!modules.has(page))
        load(page, messages).catch(() => {});
}

/** Shows pages/PAGE.js with the remaining properties. */
export function Lazy({page, messages = [], ...rest}) {
    const [state, setState] = useState({page: modules.has(page) ? page : null, error: null});
    useEffect(() => {
        let current = true;
        if (modules.has(page)) {
            setState({page, error: null});
            return undefined;
        }
        load(page, messages).then(
            () => current && setState({page, error: null}),
            error => current && setState({page: null, error}));
        return () => {
            current = false;
        };
    }, [page]);
    if (state.error)
        return html`<div class="notice bad" role="alert"><p>${t('core.page-failed')}</p>
            <p><button onClick=${() => location.reload()}>${t('core.again')}</button></p></div>`;
    if (!modules.has(page))
        return html`<div class="skeleton page" aria-busy="true"></div>`;
    const Page = modules.get(page);
    return html`<${Page} key=${page} ...${rest} />`;
}

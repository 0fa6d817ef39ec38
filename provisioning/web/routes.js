/*
 * routes: which page stands where. One row a page; the file pages/PAGE.js is loaded when it is first gone to, with its messages.
 *
 *   path      parts with : are parameters of the page
 *   page      pages/PAGE.js: `export default function Page({params, query})`
 *   messages  files of messages/LANGUAGE/ it needs besides core
 *   title     key of its name (of core's messages: names are known before the page is loaded)
 *   section   which entry of the navigation it belongs to
 *   role      who may see it ('reader' when left out)
 *
 * SECTIONS is the navigation itself; a section's `tabs` are shown above its pages.
 */
export const ROUTES = [
    {path: '/', page: 'overview', messages: ['overview', 'words'], title: 'nav.overview', section: 'overview'},
    {path: '/phones', page: 'phones', messages: ['phones', 'words'], title: 'nav.phones', section: 'phones'},
    {path: '/phones/:mac', page: 'phone', messages: ['phone', 'words'], title: 'nav.phone', section: 'phones'},
    {path: '/waiting', page: 'waiting', messages: ['waiting', 'words'], title: 'nav.waiting', section: 'waiting'},

    {path: '/settings', page: 'settings', messages: ['settings', 'words'], title: 'nav.settings', section: 'settings'},
    {path: '/settings/:scope/:owner', page: 'scope', messages: ['settings', 'words'], title: 'nav.settings', section: 'settings'},
    {path: '/profiles', page: 'profiles', messages: ['profiles', 'words'], title: 'nav.profiles', section: 'settings'},
    {path: '/revisions', page: 'revisions', messages: ['revisions', 'words'], title: 'nav.revisions', section: 'settings'},
    {path: '/revisions/:number', page: 'revision', messages: ['revisions', 'words'], title: 'nav.revisions', section: 'settings'},
    {path: '/rollout', page: 'rollout', messages: ['rollout', 'words'], title: 'nav.rollout', section: 'settings'},

    {path: '/network', page: 'network', messages: ['network', 'words'], title: 'nav.network', section: 'network'},
    {path: '/network/:part', page: 'network', messages: ['network', 'words'], title: 'nav.network', section: 'network'},

    {path: '/system', page: 'system', messages: ['system', 'words'], title: 'nav.system', section: 'system'},
    {path: '/certificate', page: 'certificate', messages: ['certificate'], title: 'nav.certificate', section: 'system'},
    {path: '/users', page: 'users', messages: ['users'], title: 'nav.users', section: 'system', role: 'admin'},
    {path: '/audit', page: 'audit', messages: ['audit'], title: 'nav.audit', section: 'system', role: 'admin'},
    {path: '/logs', page: 'logs', messages: ['system'], title: 'nav.logs', section: 'system', role: 'admin'},
    {path: '/me', page: 'me', messages: ['users'], title: 'nav.me', section: 'me'},
];

export const SECTIONS = [
    {name: 'overview', path: '/', title: 'nav.overview', icon: 'overview'},
    {name: 'phones', path: '/phones', title: 'nav.phones', icon: 'phone'},
    {name: 'waiting', path: '/waiting', title: 'nav.waiting', icon: 'waiting'},
    {name: 'settings', path: '/settings', title: 'nav.settings', icon: 'settings', tabs: [
        ['/settings', 'nav.settings'], ['/profiles', 'nav.profiles'], ['/revisions', 'nav.revisions'], ['/rollout', 'nav.rollout'],
    ]},
    {name: 'network', path: '/network', title: 'nav.network', icon: 'network'},
    {name: 'system', path: '/system', title: 'nav.system', icon: 'system', tabs: [
        ['/system', 'nav.system'], ['/certificate', 'nav.certificate'], ['/users', 'nav.users', 'admin'], ['/audit', 'nav.audit', 'admin'],
        ['/logs', 'nav.logs', 'admin'],
    ]},
];

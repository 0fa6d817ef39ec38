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
    {path: '/phones/:mac', page: 'phone', messages: ['phone', 'words', 'rules'], title: 'nav.phone', section: 'phones'},
    {path: '/waiting', page: 'waiting', messages: ['waiting', 'words'], title: 'nav.waiting', section: 'waiting'},

    {path: '/settings', page: 'settings', messages: ['settings', 'parts', 'rules', 'words'], title: 'nav.settings', section: 'settings'},
    {path: '/settings/:scope/:owner', page: 'scope', messages: ['settings', 'parts', 'rules', 'words'], title: 'nav.settings', section: 'settings'},
    {path: '/hardening', page: 'hardening', messages: ['settings', 'parts', 'rules', 'words'], title: 'nav.hardening', section: 'settings'},
    {path: '/revisions', page: 'revisions', messages: ['settings', 'parts', 'words'], title: 'nav.revisions', section: 'settings'},
    {path: '/revisions/:number', page: 'revision', messages: ['settings', 'parts', 'words'], title: 'nav.revisions', section: 'settings'},
    {path: '/rollout', page: 'rollout', messages: ['settings', 'parts', 'site', 'words'], title: 'nav.rollout', section: 'settings'},
    {path: '/firmware', page: 'firmware', messages: ['settings', 'parts', 'words'], title: 'nav.firmware', section: 'settings'},

    {path: '/network', page: 'network', messages: ['network', 'parts', 'site', 'words'], title: 'nav.network', section: 'network'},
    {path: '/leases', page: 'leases', messages: ['network', 'parts', 'words'], title: 'nav.leases', section: 'network'},
    {path: '/site', page: 'site', messages: ['network', 'parts', 'site', 'words'], title: 'nav.site', section: 'network'},
    {path: '/entry', page: 'entry', messages: ['network', 'parts', 'words'], title: 'nav.entry', section: 'network'},
    {path: '/watch', page: 'watch', messages: ['network', 'parts', 'words'], title: 'nav.watch', section: 'network'},
    {path: '/tunnels', page: 'tunnels', messages: ['network', 'parts', 'words'], title: 'nav.tunnels', section: 'network'},
    {path: '/reach', page: 'reach', messages: ['network', 'parts', 'words'], title: 'nav.reach', section: 'network'},
    {path: '/ends', page: 'ends', messages: ['network', 'parts', 'words'], title: 'nav.ends', section: 'network'},

    {path: '/system', page: 'system', messages: ['system', 'parts', 'words'], title: 'nav.system', section: 'system'},
    {path: '/update', page: 'update', messages: ['update', 'parts', 'words'], title: 'nav.update', section: 'system'},
    {path: '/backup', page: 'backup', messages: ['backup', 'parts', 'words'], title: 'nav.backup', section: 'system'},
    {path: '/data', page: 'data', messages: ['data', 'update', 'parts', 'words'], title: 'nav.data', section: 'system'},
    {path: '/certificate', page: 'certificate', messages: ['system', 'parts', 'words'], title: 'nav.certificate', section: 'system'},
    {path: '/records', page: 'records', messages: ['system', 'parts', 'words'], title: 'nav.records', section: 'system'},
    {path: '/users', page: 'users', messages: ['system', 'parts', 'words'], title: 'nav.users', section: 'system', role: 'admin'},
    {path: '/audit', page: 'audit', messages: ['system', 'parts', 'words'], title: 'nav.audit', section: 'system', role: 'admin'},
    {path: '/logs', page: 'logs', messages: ['system', 'parts', 'words'], title: 'nav.logs', section: 'system', role: 'admin'},
    {path: '/me', page: 'me', messages: ['system', 'parts', 'words'], title: 'nav.me', section: 'me'},
];

export const SECTIONS = [
    {name: 'overview', path: '/', title: 'nav.overview', icon: 'overview'},
    {name: 'phones', path: '/phones', title: 'nav.phones', icon: 'phone'},
    {name: 'waiting', path: '/waiting', title: 'nav.waiting', icon: 'waiting'},
    {name: 'settings', path: '/settings', title: 'nav.settings', icon: 'settings', tabs: [
        ['/settings', 'nav.scopes'], ['/hardening', 'nav.hardening'], ['/revisions', 'nav.revisions'], ['/rollout', 'nav.rollout'], ['/firmware', 'nav.firmware'],
    ]},
    {name: 'network', path: '/network', title: 'nav.network', icon: 'network', tabs: [
        ['/network', 'nav.addresses'], ['/leases', 'nav.leases'], ['/entry', 'nav.entry'], ['/watch', 'nav.watch'], ['/tunnels', 'nav.tunnels'],
        ['/reach', 'nav.reach'], ['/ends', 'nav.ends'], ['/site', 'nav.site'],
    ]},
    {name: 'system', path: '/system', title: 'nav.system', icon: 'system', tabs: [
        ['/system', 'nav.box'], ['/update', 'nav.update'], ['/backup', 'nav.backup'], ['/data', 'nav.data'], ['/certificate', 'nav.certificate'], ['/records', 'nav.records'],
        ['/users', 'nav.users', 'admin'], ['/audit', 'nav.audit', 'admin'], ['/logs', 'nav.logs', 'admin'],
    ]},
];

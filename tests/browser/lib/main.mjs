/*
 * main: runs the tests of one file, in their order, and prints `ok FILE.NAME (SECONDS s)` or `not ok FILE.NAME (SECONDS s): reason`.
 *
 *   node lib/main.mjs FILE        started by stage.py, in the admin's network namespace
 */
import path from 'node:path';
import {tests, closeBrowser} from './test.mjs';
import {stage, closeStage} from './stage.mjs';

const file = process.argv[2];
const title = path.basename(file, '.mjs').replace(/^test_/, '');
const words = JSON.parse(process.env.PROVOST_WORDS || '[]');
const wanted = name => !words.length || words.some(word => new RegExp(`(^|[._])${word}`).test(name));

function oneLine(error) {
    const where = /test_\w+\.mjs:(\d+)/.exec(error.stack ?? '');
    return `${error.message ?? error}`.replace(/\u001b\[\d+m/g, '').replace(/\s+/g, ' ').slice(0, 600) + (where ? ` (line ${where[1]})` : '');
}

async function run({name, body, always}) {
    const began = performance.now();
    const seconds = () => `(${((performance.now() - began) / 1000).toFixed(1)} s)`;
    try {
        const said = await body();
        console.log(`ok ${name} ${seconds()}${typeof said === 'string' ? `: ${said}` : ''}`);
        return true;
    } catch (error) {
        console.log(`not ok ${name} ${seconds()}: ${oneLine(error)}`);
        if (process.env.PROVOST_VERBOSE)
            console.log(error.stack);
        console.log(await stage.explain({title: name}).catch(why => String(why)));
        return always === undefined;
    }
}

let failed = 0;
await import(file);
for (const test of tests) {
    const name = `${title}.${test.title.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '')}`;
    if (!test.first && !wanted(name))
        continue;
    const before = failed;
    const good = await run({...test, name, body: async () => {
        try {
            return await test.body();
        } catch (error) {
            failed++;
            throw error;
        }
    }});
    if (failed > before && test.first || !good) {
        // Nothing that follows can hold.
        for (const later of tests.slice(tests.indexOf(test) + 1))
            console.log(`not ok ${title}.${later.title.replace(/[^A-Za-z0-9]+/g, '_')} not tried: "${test.title}" failed`);
        break;
    }
}
await closeBrowser();
closeStage();
process.exit(failed ? 1 : 0);

import { capitalRows } from './experiments/capital';
import { recordRows } from './experiments/records';
import { runMarket, marketRows, marketFacts } from './experiments/markets';
import { renderRows } from './report';
import { defaultExperiment } from './setting';
const e = defaultExperiment(1, 1);
for (const f of [capitalRows, recordRows]) {
    const t = Date.now();
    console.log(renderRows(f(e)));
    console.log(f.name, Date.now() - t);
}
const t = Date.now();
const size = { nodes: 10000, jobs: 200000 };
const m = runMarket(e, size);
console.log(renderRows(marketRows(m, size)));
console.log(marketFacts(m), Date.now() - t);

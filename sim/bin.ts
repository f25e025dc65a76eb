import { ticketRows } from './experiments/tickets';
import { juryRows } from './experiments/juries';
import { detectionRows } from './experiments/detection';
import { windowRows } from './experiments/windows';
import { networkRows } from './experiments/networks';
import { lazinessRows } from './experiments/laziness';
import { recordRows } from './experiments/records';
import { renderRows } from './report';
import { defaultExperiment } from './setting';
const e = defaultExperiment(1, 1);
for (const f of [ticketRows, juryRows, detectionRows, windowRows, networkRows, lazinessRows, recordRows]) {
    const t = Date.now();
    console.log(renderRows(f(e)));
    console.log(f.name, Date.now() - t);
}

import { join } from 'node:path';
import type { Logger } from 'pino';
import {
    createGovernor,
    type Governor,
    type GovernorEvent,
    openPreferencesFile,
} from '../../provider';
import {
    createDayVolume,
    createMachine,
    createTrafficMeter,
    hostSystem,
} from '../../provider/machine';
import type { PacedRuntime } from '../../runtime';
import type { Config, Home } from '../config';
import { processesOf } from './node-options';
import { preferencesPath } from './setup';

export interface NodeGovernorOptions {
    readonly config: Config;
    readonly runtime: PacedRuntime;
    readonly logger: Logger;
    /** Bytes that the node has on its disk. */
    readonly ownBytes: () => number;
    readonly relieve: () => void;
    readonly onEvent: (event: GovernorEvent) => void;
}

/** What was moved is written down once in so many seconds. */
const SAVE_EVERY = 30;

/** Where a node counts what it moved today. */
export function volumePath(home: Home): string {
    return join(home.provider.folder, 'volume.json');
}

/** Sees to what the owner of this machine wants. */
export function createNodeGovernor(options: NodeGovernorOptions): Governor {
    const { config, runtime, logger, ownBytes, relieve, onEvent } = options;
    const { home, provider } = config;
    const meter = createTrafficMeter();
    const volume = createDayVolume(volumePath(home), meter, Date.now);
    const machine = createMachine({
        system: hostSystem(),
        folder: home.provider.folder,
        own: {
            pids: () => [process.pid, ...runtime.pids],
            memoryBytes: () => runtime.residentBytes,
            diskBytes: ownBytes,
            movedBytes: () => volume.today(),
        },
    });
    let ticks = 0;
    return createGovernor({
        file: openPreferencesFile(preferencesPath(home)),
        machine,
        runtime,
        cores: processesOf(provider),
        onEvent,
        relieve,
        onTick: () => {
            if (ticks++ % SAVE_EVERY === 0) volume.save();
        },
        onStop: () => {
            volume.save();
            meter.close();
        },
        logger,
    });
}

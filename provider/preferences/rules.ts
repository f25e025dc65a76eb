import { type WallTime, withinHours } from './hours';
import type { Preferences } from './keys';
import type { Observation } from './observation';
import type { Suspension, SuspensionCode, SuspensionScope } from './reasons';

export interface RuleContext {
    readonly preferences: Preferences;
    readonly observation: Observation;
    readonly now: number;
    readonly wall: WallTime;
    readonly idleMs: number | undefined;
    readonly inUse: boolean | undefined;
    readonly memoryBytes: number | undefined;
    readonly held: ReadonlyMap<SuspensionCode, number>;
}

/** A reason, and whether it is only not over for long enough. */
export interface Finding extends Suspension {
    readonly lingers?: boolean;
}

type Rule = (context: RuleContext) => Finding | undefined;

/** What comes and goes within seconds has to be gone for so long, milliseconds. */
export const HOLD_MS = 10_000;
/** How far a value has to come back before a node goes on. */
export const MARGINS = {
    celsius: 10,
    batteryPercent: 5,
    /** Parts of the limit. */
    othersPart: 0.25,
    diskPart: 0.1,
    memoryPart: 0.1,
};
const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** One for each reason, the most telling first. */
export const RULES: readonly Rule[] = [
    function userActive({ preferences: { idle }, idleMs, inUse }) {
        if (!idle.only) return undefined;
        if (inUse === undefined || idleMs === undefined) {
            return suspend(
                'idle-unknown',
                'all',
                'The node computes only when nobody uses the computer, and nothing tells whether anybody does.',
                'Run "cocoon-provider doctor" to see which sources there are, or set idle.only to false.',
            );
        }
        if (!inUse) return undefined;
        const wait = minutes(idle.minutes * 60_000 - idleMs);
        return suspend(
            'user-active',
            'all',
            `Somebody uses the computer; without input the node goes on in ${wait}.`,
            'Set idle.only to false to compute beside you, or idle.minutes lower.',
        );
    },
    function programRunning({ preferences, observation: { programs }, held, now }) {
        const { programs: named } = preferences;
        const found = named.find((name) => programs?.has(programName(name)));
        if (found === undefined && (named.length === 0 || !lately(held, 'program-running', now))) {
            return undefined;
        }
        const what = found === undefined ? 'A program of the list has just ended' : `${found} runs`;
        const hint = 'End it, or take it out of programs.';
        const lingers = found === undefined;
        return { ...suspend('program-running', 'all', `${what}.`, hint), lingers };
    },
    function outsideHours({ preferences: { hours }, wall }) {
        if (withinHours(hours, wall)) return undefined;
        return suspend(
            'outside-hours',
            'all',
            `The node does not compute on ${titled(wall.weekday)} at ${clock(wall)}.`,
            `Change hours.${wall.weekday}.`,
        );
    },
    function processorBusy({ preferences: { cpu }, observation: { othersPercent }, held, now }) {
        const most = cpu.othersPercent;
        if (most === undefined || othersPercent === undefined) return undefined;
        const back = most * (1 - MARGINS.othersPart);
        const limit = held.has('processor-busy') ? back : most;
        const lingers = othersPercent <= limit;
        if (lingers && !lately(held, 'processor-busy', now)) return undefined;
        const reason = suspend(
            'processor-busy',
            'all',
            `Other programs use ${percent(othersPercent)} of the processor; the node stops over ${percent(most)}.`,
            'Raise cpu.othersPercent, or take it out.',
        );
        return { ...reason, lingers };
    },
    function onBattery({ preferences: { battery: wish }, observation: { battery }, held }) {
        if (battery?.onBattery !== true) return undefined;
        if (!wish.use) {
            const hint = 'Plug the computer in, or set battery.use to true.';
            return suspend('on-battery', 'all', 'The computer runs on its battery.', hint);
        }
        const least = wish.minPercent + (held.has('battery-low') ? MARGINS.batteryPercent : 0);
        if (battery.percent === undefined || battery.percent >= least) return undefined;
        return suspend(
            'battery-low',
            'all',
            `The battery holds ${percent(battery.percent)}, and the node needs ${percent(least)}.`,
            'Plug the computer in, or lower battery.minPercent.',
        );
    },
    function tooHot({ preferences: { temperature }, observation: { celsius }, held }) {
        const most = temperature.maxCelsius - (held.has('too-hot') ? MARGINS.celsius : 0);
        if (celsius === undefined || celsius <= most) return undefined;
        return suspend(
            'too-hot',
            'all',
            `The processor has ${Math.round(celsius)} °C; the node goes on at ${temperature.maxCelsius - MARGINS.celsius} °C.`,
            'Clean the fans, lower cpu.cores or cpu.sharePercent, or raise temperature.maxCelsius.',
        );
    },
    function graphicsBusy({ preferences: { gpu }, observation: { graphicsPercent }, held, now }) {
        const most = gpu.othersPercent;
        if (most === undefined || graphicsPercent === undefined) return undefined;
        const back = most * (1 - MARGINS.othersPart);
        const limit = held.has('graphics-busy') ? back : most;
        const lingers = graphicsPercent <= limit;
        if (lingers && !lately(held, 'graphics-busy', now)) return undefined;
        const reason = suspend(
            'graphics-busy',
            'all',
            `Other programs use ${percent(graphicsPercent)} of the graphics card; the node stops over ${percent(most)}.`,
            'Raise gpu.othersPercent, or take it out.',
        );
        return { ...reason, lingers };
    },
    function memoryFull({ observation: { memory }, memoryBytes, held }) {
        if (memory === undefined || memoryBytes === undefined) return undefined;
        const part = held.has('memory-full') ? 1 - MARGINS.memoryPart : 1;
        if (memory.ownBytes <= memoryBytes * part) return undefined;
        const most = `${Math.round(memoryBytes / MIB)} MiB`;
        return suspend(
            'memory-full',
            'bids',
            `The models have ${Math.round(memory.ownBytes / MIB)} MiB of memory, and may have ${most}.`,
            'Raise memory.inUsePercent and memory.idlePercent, or lower cpu.cores.',
        );
    },
    function diskFloor({ preferences: { disk: wish }, observation: { disk }, held }) {
        const part = held.has('disk-floor') ? 1 + MARGINS.diskPart : 1;
        if (disk === undefined || disk.freeBytes >= wish.minFreeGiB * GIB * part) return undefined;
        return suspend(
            'disk-floor',
            'bids',
            `The disk has ${gib(disk.freeBytes)} left, and ${gib(wish.minFreeGiB * GIB * part)} are to stay free.`,
            'Make room, or lower disk.minFreeGiB.',
        );
    },
    function diskFull({ preferences: { disk: wish }, observation: { disk } }) {
        if (wish.maxGiB === undefined || disk === undefined) return undefined;
        if (disk.ownBytes <= wish.maxGiB * GIB) return undefined;
        return suspend(
            'disk-full',
            'bids',
            `The node has ${gib(disk.ownBytes)} on its disk, and may have ${gib(wish.maxGiB * GIB)}.`,
            'Raise disk.maxGiB; results go as soon as their jobs are over.',
        );
    },
    function outsideNetworkHours({ preferences: { network }, wall }) {
        if (withinHours(network.hours, wall)) return undefined;
        return suspend(
            'outside-network-hours',
            'bids',
            `The node takes no jobs over the network on ${titled(wall.weekday)} at ${clock(wall)}.`,
            `Change network.hours.${wall.weekday}.`,
        );
    },
    function networkVolume({ preferences: { network }, observation: { movedBytes } }) {
        const most = network.maxGiBPerDay;
        if (most === undefined || movedBytes < most * GIB) return undefined;
        return suspend(
            'network-volume',
            'bids',
            `The node has moved ${gib(movedBytes)} today, and may move ${gib(most * GIB)}.`,
            'Wait for midnight, or raise network.maxGiBPerDay.',
        );
    },
    function meteredConnection({ preferences: { network }, observation: { connection } }) {
        if (network.metered || connection?.metered !== true) return undefined;
        return suspend(
            'metered-connection',
            'bids',
            'The connection is paid for by volume.',
            'Use another one, tell the system that it is not metered, or set network.metered to true.',
        );
    },
    function notWifi({ preferences: { network }, observation: { connection } }) {
        if (!network.wifiOnly || connection?.wifi !== false) return undefined;
        const hint = 'Use Wi-Fi, or set network.wifiOnly to false.';
        return suspend('not-wifi', 'bids', 'The connection is not Wi-Fi.', hint);
    },
];

/** A name as it is compared: without the ending of Windows, in lower case. */
export function programName(name: string): string {
    return name.toLowerCase().replace(/\.exe$/, '');
}

function suspend(
    code: SuspensionCode,
    scope: SuspensionScope,
    detail: string,
    hint: string,
): Suspension {
    return { code, scope, detail, hint };
}

/** Whether a reason was seen so short a time ago that it may come back at once. */
function lately(
    held: ReadonlyMap<SuspensionCode, number>,
    code: SuspensionCode,
    now: number,
): boolean {
    const since = held.get(code);
    return since !== undefined && now - since < HOLD_MS;
}

function percent(value: number): string {
    return `${Math.round(value)} %`;
}

function gib(bytes: number): string {
    return `${(bytes / GIB).toFixed(2)} GiB`;
}

function minutes(ms: number): string {
    return ms < 90_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.ceil(ms / 60_000)} min`;
}

function clock({ minutes: at }: WallTime): string {
    const two = (value: number) => String(value).padStart(2, '0');
    return `${two(Math.floor(at / 60))}:${two(at % 60)}`;
}

function titled(word: string): string {
    return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

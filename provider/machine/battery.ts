import { z } from 'zod';
import type { BatteryState } from '../preferences';
import type { Source } from './source';
import { SourceError, type System } from './system';
import { powershell } from './windows';

const SUPPLIES = '/sys/class/power_supply';

/** The class power_supply of the kernel (Documentation/ABI/testing/sysfs-class-power). */
const kernel: Source<BatteryState> = {
    name: SUPPLIES,
    platforms: ['linux'],
    async read(system) {
        let plugged = false;
        let discharging = false;
        const levels: { readonly now: number; readonly full: number }[] = [];
        for (const name of await system.list(SUPPLIES)) {
            const value = async (file: string) =>
                (await system.readText(`${SUPPLIES}/${name}/${file}`))?.trim();
            const type = await value('type');
            // Those of mice and keyboards.
            if ((await value('scope')) === 'Device') continue;
            if (type === 'Mains' || type?.startsWith('USB') === true) {
                plugged ||= (await value('online')) === '1';
            } else if (type === 'Battery') {
                discharging ||= (await value('status')) === 'Discharging';
                levels.push(await levelOf(value));
            }
        }
        const [now, full] = levels.reduce(
            ([a, b], level) => [a + level.now, b + level.full],
            [0, 0],
        );
        return {
            onBattery: discharging && !plugged,
            percent: full > 0 ? Math.min(100, (now / full) * 100) : undefined,
        };
    },
};

/** Energy in µWh or charge in µAh where it tells, so that large batteries count more. */
async function levelOf(value: (file: string) => Promise<string | undefined>) {
    for (const unit of ['energy', 'charge']) {
        const now = Number(await value(`${unit}_now`));
        const full = Number(await value(`${unit}_full`));
        if (now >= 0 && full > 0) return { now, full };
    }
    const percent = Number(await value('capacity'));
    return percent >= 0 ? { now: percent, full: 100 } : { now: 0, full: 0 };
}

const pmset: Source<BatteryState> = {
    name: 'pmset',
    platforms: ['darwin'],
    async read(system) {
        const text = await system.run('pmset', ['-g', 'batt']);
        const [, from] = /drawing from '([^']+)'/.exec(text) ?? [];
        if (from === undefined) throw new SourceError('pmset printed something else than expected');
        const [, percent] = /InternalBattery[^\t]*\t(\d+)%/.exec(text) ?? [];
        return {
            onBattery: from === 'Battery Power',
            percent: percent === undefined ? undefined : Number(percent),
        };
    },
};

const one = z.object({
    BatteryStatus: z.number().nullable(),
    EstimatedChargeRemaining: z.number().nullable(),
});
const wmiSchema = z.array(one);
/** An array also of one or none; PowerShell 5 leaves the brackets out otherwise. */
const WMI = `ConvertTo-Json -Compress @(Get-CimInstance Win32_Battery | Select-Object BatteryStatus,EstimatedChargeRemaining)`;
/** Win32_Battery: the battery is discharging; 4 and 5: low and critical, which it is only then. */
const DISCHARGING = [1, 4, 5];

const wmi: Source<BatteryState> = {
    name: 'Win32_Battery (WMI)',
    platforms: ['win32'],
    everyMs: 10_000,
    async read(system: System) {
        const batteries = await powershell(system, WMI, wmiSchema);
        const levels = batteries.flatMap(({ EstimatedChargeRemaining: level }) => level ?? []);
        return {
            onBattery: batteries.some(({ BatteryStatus: status }) =>
                DISCHARGING.includes(status ?? 0),
            ),
            percent:
                levels.length === 0
                    ? undefined
                    : levels.reduce((sum, level) => sum + level, 0) / levels.length,
        };
    },
};

export const batterySources: readonly Source<BatteryState>[] = [kernel, pmset, wmi];

import { z } from 'zod';
import type { Source } from './source';
import { SourceError, type System } from './system';
import { powershell } from './windows';

/** Drivers of sensors in processors: Intel, AMD, and those of ARM boards. */
const CHIPS =
    /^(coretemp|k8temp|k10temp|zenpower|cpu_thermal|soc_thermal|cpu\d*_thermal|scpi_sensors)$/;
/** Zones that are the processor; `acpitz` is near it. */
const ZONES = [/^x86_pkg_temp$/, /^(cpu|soc|bigcore|littlecore)/i, /^acpitz$/];

/** Thousandths of a degree; what no processor can have is a sensor that is not there. */
function celsius(text: string | undefined): number[] {
    const value = Number(text) / 1000;
    return value > 0 && value < 127 ? [value] : [];
}

const hwmon: Source<number> = {
    name: '/sys/class/hwmon',
    platforms: ['linux'],
    everyMs: 2_000,
    async read(system) {
        const found: number[] = [];
        for (const name of await system.list('/sys/class/hwmon')) {
            const folder = `/sys/class/hwmon/${name}`;
            if (!CHIPS.test((await system.readText(`${folder}/name`))?.trim() ?? '')) continue;
            for (const file of await system.list(folder)) {
                if (!/^temp\d+_input$/.test(file)) continue;
                found.push(...celsius(await system.readText(`${folder}/${file}`)));
            }
        }
        return hottest(found, 'no sensor of a processor');
    },
};

const zones: Source<number> = {
    name: '/sys/class/thermal',
    platforms: ['linux'],
    everyMs: 2_000,
    async read(system) {
        const names = (await system.list('/sys/class/thermal')).filter((name) =>
            name.startsWith('thermal_zone'),
        );
        for (const wanted of ZONES) {
            const found: number[] = [];
            for (const name of names) {
                const folder = `/sys/class/thermal/${name}`;
                if (!wanted.test((await system.readText(`${folder}/type`))?.trim() ?? '')) continue;
                found.push(...celsius(await system.readText(`${folder}/temp`)));
            }
            if (found.length > 0) return Math.max(...found);
        }
        throw new SourceError('no zone of a processor');
    },
};

const WMI = `ConvertTo-Json -Compress @(Get-CimInstance -Namespace root/wmi -ClassName MSAcpi_ThermalZoneTemperature | Select-Object -ExpandProperty CurrentTemperature)`;

/** Tenths of a kelvin. Most systems tell administrators alone, many none at all. */
const wmi: Source<number> = {
    name: 'MSAcpi_ThermalZoneTemperature (WMI)',
    platforms: ['win32'],
    everyMs: 10_000,
    async read(system: System) {
        const tenths = await powershell(system, WMI, z.array(z.number()));
        return hottest(
            tenths.map((value) => value / 10 - 273.15),
            'no zone tells',
        );
    },
};

/** Of the processor at its hottest place, degrees Celsius. macOS tells administrators alone. */
export const temperatureSources: readonly Source<number>[] = [hwmon, zones, wmi];

function hottest(values: readonly number[], why: string): number {
    if (values.length === 0) throw new SourceError(why);
    return Math.max(...values);
}

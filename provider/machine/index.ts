/** What can be seen of the machine that a node runs on, and from which source. */

export { createDayVolume, type DayVolume } from './day-volume';
export { createMachine, type Machine, type MachineOptions, type OwnUse } from './machine';
export { Sensor, type SensorReport, type Source, type Tried } from './source';
export { type Followed, hostSystem, SourceError, type System } from './system';
export { createTrafficMeter, type TrafficMeter } from './traffic';

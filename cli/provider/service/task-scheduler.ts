import { win32 } from 'node:path';
import { utf8ToBytes } from '../../../protocol';
import { escapeXml } from './launchd';
import type { ServiceOrder, ServiceUnit } from './service-unit';

/**
 * A task of this user that begins when it logs in (Task Scheduler schema, version 1.2). A task has
 * no environment of its own, so that it starts a script that sets one.
 */
export function scheduledTask(order: ServiceOrder): ServiceUnit {
    const { name, folder } = order;
    const script = win32.join(folder, `${name}.cmd`);
    const definition = win32.join(folder, `${name}.task.xml`);
    return {
        system: 'Task Scheduler',
        files: [
            { path: script, bytes: utf8ToBytes(scriptOf(order)) },
            { path: definition, bytes: utf16(taskOf(order, script)) },
        ],
        install: [
            ['schtasks', '/Create', '/TN', name, '/XML', definition, '/F'],
            ['schtasks', '/Run', '/TN', name],
        ],
        uninstall: [
            ['schtasks', '/End', '/TN', name],
            ['schtasks', '/Delete', '/TN', name, '/F'],
        ],
        forget: [],
        advice: [
            `See how it goes with "schtasks /Query /TN ${name} /V /FO LIST".`,
            'It starts when you log in.',
        ],
    };
}

function scriptOf({ program, environment }: ServiceOrder): string {
    // A per cent sign is written twice in a script.
    const plain = (text: string) => text.replaceAll('%', '%%');
    const variables = Object.entries(environment).map(
        ([key, value]) => `set "${key}=${plain(value)}"`,
    );
    const line = program.map((part) => `"${plain(part)}"`).join(' ');
    return ['@echo off', 'chcp 65001 >nul', ...variables, line, 'exit /b %ERRORLEVEL%', ''].join(
        '\r\n',
    );
}

function taskOf({ description }: ServiceOrder, script: string): string {
    return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>${escapeXml(description)}</Description></RegistrationInfo>
  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Hidden>true</Hidden>
    <Priority>8</Priority>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>${escapeXml(script)}</Command></Exec>
  </Actions>
</Task>
`;
}

/** With a byte order mark, which schtasks wants. */
function utf16(text: string): Uint8Array {
    return Buffer.from(`\ufeff${text}`, 'utf16le');
}

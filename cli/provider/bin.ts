#!/usr/bin/env node
import { runCommand } from '../terminal';
import { providerProgram } from './program';

void runCommand({ program: providerProgram }).then((code) => {
    process.exitCode = code;
});

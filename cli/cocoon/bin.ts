#!/usr/bin/env node
import { runCommand } from '../terminal';
import { createProgram } from './program';

void runCommand({ program: createProgram }).then((code) => {
    process.exitCode = code;
});

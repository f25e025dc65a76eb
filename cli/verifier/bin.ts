#!/usr/bin/env node
import { verifierProgram } from '../provider';
import { runCommand } from '../terminal';

void runCommand({ program: verifierProgram }).then((code) => {
    process.exitCode = code;
});

#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Half of a start is compiling; what was compiled once is read from the cache.
enableCompileCache();
const { createCommandLine } = await import('./app/command-line.ts');
await createCommandLine().parseAsync();

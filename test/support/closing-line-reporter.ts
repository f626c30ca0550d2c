import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line that any tool can read. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === 'passed').length;
    const failed = tests.filter((test) => test.result().state === 'failed').length;
    const broken = modules.flatMap(errorsOutsideTests).length + unhandledErrors.length;
    // The coverage report comes after this call, and this line comes after it.
    process.once('exit', () => {
      process.stdout.write(`\n${passed} passed, ${failed + broken} failed\n`);
    });
  }
}

/** A file that does not load, or a hook that throws, fails although no test of it does. */
function errorsOutsideTests(module: TestModule): readonly unknown[] {
  const suites = [...module.children.allSuites()];
  return [...module.errors(), ...suites.flatMap((suite) => suite.errors())];
}

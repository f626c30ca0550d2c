// Fails on a known vulnerability of level high or above in what production installs. A registry that
// offers no audit is named, and does not fail the check: nothing was found out.
import { spawnSync } from 'node:child_process';

// A silent npm around this one would silence its errors, too.
const options = ['--omit=dev', '--audit-level=high', '--loglevel=error'];
const { status, stdout, stderr } = spawnSync('npm', ['audit', ...options], { encoding: 'utf8' });
if (status === 0) {
  console.log('no known vulnerability of level high or above');
} else if (stderr.includes('audit endpoint returned an error')) {
  console.log('note: nothing audited, the registry in use does not answer audits');
} else {
  console.log(`${stdout}${stderr}`);
  process.exit(1);
}

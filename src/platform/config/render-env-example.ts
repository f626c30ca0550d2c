import { listSettings, type ListedSetting } from './config-schema.ts';

const HEADER = `# Every setting with its default, made by \`npm run generate\` from the schema in src/platform/config.
# Development needs none of them. Copy to .env and take the # away from what you change;
# .env.<APP_ENV> wins over .env, and real environment variables win over both.
`;

/** The text of `.env.example`. */
export function renderEnvExample(): string {
  const groups = Map.groupBy(listSettings(), (setting) => setting.group);
  const sections = [...groups].map(([group, settings]) =>
    [`# --- ${group} ---`, ...settings.map(renderSetting)].join('\n'),
  );
  return `${[HEADER, ...sections].join('\n')}\n`;
}

function renderSetting(setting: ListedSetting): string {
  const notes = [
    setting.isRequiredWhenDeployed && 'required in staging and production',
    setting.deployedDefault && `${setting.deployedDefault} in staging and production`,
    setting.example && `for example: ${setting.example}`,
    setting.aliases && `also: ${setting.aliases.flatMap(({ names }) => names).join(', ')}`,
  ].filter((note) => typeof note === 'string');
  const lines = [setting.description, ...notes].map((line) => `# ${line}`);
  return [...lines, `#${setting.name}=${setting.defaultText ?? ''}`, ''].join('\n');
}

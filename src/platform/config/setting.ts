import { z } from 'zod';

/** Another way to give a setting: other variables, turned into the text the setting itself takes. */
export type SettingAlias = {
  readonly names: readonly string[];
  readonly read: (environment: Environment) => string | undefined;
};

export type Environment = Readonly<Record<string, string | undefined>>;

export type SettingDetails = {
  readonly name: string;
  /** One line for `.env.example`. */
  readonly description: string;
  /** A value that would be right, for a setting without a default and for messages. */
  readonly example?: string;
  /** The default in staging and production, where it differs. */
  readonly deployedDefault?: string;
  readonly isRequiredWhenDeployed?: boolean;
  /** Never printed: not by `groundwork config`, not in a message. */
  readonly isSecret?: boolean;
  readonly aliases?: readonly SettingAlias[];
};

/** What stands beside each setting's schema. */
export const settingDetails = z.registry<SettingDetails>();

/** Puts the variable's name and words beside the schema that checks it. */
export function setting<Schema extends z.ZodType>(schema: Schema, details: SettingDetails): Schema {
  settingDetails.add(schema, details);
  return schema;
}

/** A second name of the same setting; `convert` brings its value into the setting's own unit. */
export function alias(
  name: string,
  convert: (value: string) => string = (value) => value,
): SettingAlias {
  return {
    names: [name],
    read: (environment) => {
      const value = readVariable(environment, name);
      return value === undefined ? undefined : convert(value);
    },
  };
}

/** An empty variable counts as unset, as compose files and `.env` write it. */
export function readVariable(environment: Environment, name: string): string | undefined {
  return environment[name]?.trim() || undefined;
}

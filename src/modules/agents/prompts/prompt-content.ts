/** What one version of a prompt says. */
export type PromptContent = { readonly text: string };

import { escapeHtml } from './escape-html.ts';

/** What a mail says, as plain text; it may hold what others wrote. */
export type MailContent = {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly action?: MailAction;
  /** Said after the action. */
  readonly closing: readonly string[];
};

/** What the mail asks for: a link for people, and the call behind it for clients without the web pages. */
export type MailAction = {
  readonly label: string;
  readonly link: string;
  readonly call: string;
  readonly token: string;
};

export type RenderedMail = {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
};

export function renderMail(content: MailContent): RenderedMail {
  return { subject: content.subject, text: renderText(content), html: renderHtml(content) };
}

function renderText({ paragraphs, action, closing }: MailContent): string {
  const parts = [
    ...paragraphs,
    ...(action ? [`${action.label}:\n${action.link}`] : []),
    ...closing,
    ...(action ? [`${sayCall(action)}\n${action.token}`] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

function renderHtml({ subject, paragraphs, action, closing }: MailContent): string {
  const parts = [
    ...paragraphs.map(asParagraph),
    ...(action ? [asLink(action)] : []),
    ...closing.map(asParagraph),
    ...(action ? [asParagraph(sayCall(action)), `<pre>${escapeHtml(action.token)}</pre>`] : []),
  ];
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`,
    `<body>${parts.join('\n')}</body>`,
    '</html>',
  ].join('\n');
}

function sayCall({ call }: MailAction): string {
  return `Without the web page, send this token to ${call}:`;
}

function asParagraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

function asLink({ label, link }: MailAction): string {
  return `<p><a href="${escapeHtml(link)}">${escapeHtml(label)}</a></p>`;
}

// Words of the pages before the console: sign-in and set-up.
export const gate = {
  signIn: {
    title: "Sign in",
    user: "User name",
    password: "Password",
    submit: "Sign in",
    busy: "Signing in…",
    ended: "Your session has ended. Sign in again.",
    code: "Code of your second factor",
    codeHint: "Six digits of your app, or a recovery code.",
    or: "or",
    by: (provider: string) => `Sign in with ${provider}`,
    back: "Back",
    problems: {
      oidc_unavailable: "The provider cannot be reached. Sign in by password, or try again.",
      oidc_refused: "The provider did not sign you in.",
      oidc_failed: "The provider's answer could not be verified; nobody was signed in.",
      oidc_stale: "That took too long, or began in another browser. Try again.",
      oidc_unknown_user: "The provider knows you, but you are no user here. Ask an administrator.",
    } as Record<string, string>,
  },
  setUp: {
    title: "First administrator",
    intro: "This gateway has no user yet. Choose a name and a password; you can then import your directory.",
    user: "User name",
    userHint: "Small letters, digits, dot, dash and underscore.",
    password: "Password",
    passwordHint: "At least 10 characters.",
    submit: "Make the administrator",
    busy: "Saving…",
  },
};

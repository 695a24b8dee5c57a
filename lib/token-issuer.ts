import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  FeaturePlan,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  UserPool,
  StandardThreatProtectionMode,
  CfnUserPoolRiskConfigurationAttachment,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';

/** Whose tokens the API takes: any OpenID Connect issuer that signs them with a key pair. */
export interface TokenIssuer {
  /** As `iss` says it. */
  readonly issuer: string;
  /** One of these must be in `aud`; where a token has none, as Cognito's, `client_id` must be one. */
  readonly audiences: readonly string[];
  /** Where its public keys are. */
  readonly jwksUri: string;
  /** The claim that lists a person's roles; machines have them as scopes, such as `underwright/front-end`. @default cognito:groups */
  readonly rolesClaim?: string;
  /** The claim with a person's user id. @default username, else sub */
  readonly personClaim?: string;
}

/** Roles that people have. The names are those of domain/access. */
const GROUPS = ['reviewer', 'senior-reviewer', 'auditor', 'officer', 'administrator'];

/**
 * A user pool for who has no issuer of their own: people in a group for each role, whom an administrator adds and who sign in
 * with a second factor; each front end a client with a secret, that has the scope `underwright/front-end` and no other.
 */
export class UserPoolIssuer extends Construct implements TokenIssuer {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly jwksUri: string;
  readonly userPool: UserPool;

  constructor(scope: Construct, id: string, { frontEnds }: { readonly frontEnds: readonly string[] }) {
    super(scope, id);
    this.userPool = new UserPool(this, 'Users', {
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      signInCaseSensitive: false,
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 12,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
      },
      // Threat protection needs this plan: 0.02 USD for each person who signs in during a month.
      featurePlan: FeaturePlan.PLUS,
      standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.#blockThreats();
    for (const groupName of GROUPS) this.userPool.addGroup(groupName, { groupName });
    const { region, account, stackName } = Stack.of(this);
    const scopeName = new ResourceServerScope({ scopeName: 'front-end', scopeDescription: 'Applications of its own' });
    const server = this.userPool.addResourceServer('Scopes', { identifier: 'underwright', scopes: [scopeName] });
    this.userPool.addDomain('Domain', { cognitoDomain: { domainPrefix: `${stackName}-${account}` } });
    const people = this.userPool.addClient('People', { authFlows: { userSrp: true }, disableOAuth: true });
    const machines = frontEnds.map((name) =>
      this.userPool.addClient(`FrontEnd${name}`, {
        userPoolClientName: name,
        generateSecret: true,
        oAuth: { flows: { clientCredentials: true }, scopes: [OAuthScope.resourceServer(server, scopeName)] },
      }),
    );
    this.issuer = `https://cognito-idp.${region}.amazonaws.com/${this.userPool.userPoolId}`;
    this.jwksUri = `${this.issuer}/.well-known/jwks.json`;
    this.audiences = [people, ...machines].map(({ userPoolClientId }) => userPoolClientId);
  }
  /**
   * Blocks what threat protection finds. Every sign-in has a second factor, so a second factor is no answer to a risk.
   * Cognito cannot compare a password at an SRP sign-in with stolen ones, because it never receives that password.
   * docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-compromised-credentials.html
   */
  #blockThreats(): void {
    new CfnUserPoolRiskConfigurationAttachment(this, 'Threats', {
      userPoolId: this.userPool.userPoolId,
      clientId: 'ALL',
      compromisedCredentialsRiskConfiguration: {
        eventFilter: ['PASSWORD_CHANGE'],
        actions: { eventAction: 'BLOCK' },
      },
      // Medium and low risks are logged only: a reviewer who travels must be able to work.
      accountTakeoverRiskConfiguration: { actions: { highAction: { eventAction: 'BLOCK', notify: false } } },
    });
  }
}

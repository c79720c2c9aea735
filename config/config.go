// Package config is the configuration file as one struct: its keys, their defaults, their checks, and complaints that
// name the file and the line. The reference page is generated from the same struct.
//
// It is not the directory (users, agents, queues), which lives in the store; it only reads a directory file's YAML for
// whoever asks (Decode). It knows no other package of the project: what the values mean to a wire is the gateway's
// business.
//
// Start with Config, then Load.
package config

import (
	"time"
)

// Config is the whole file. Get one from Default or Load, which fill in every default; the zero value is not usable.
type Config struct {
	SIP      SIP       `yaml:"sip" help:"Signalling: where SIP is spoken and under which name."`
	Media    Media     `yaml:"media" help:"Audio: where RTP is sent and received."`
	HTTP     HTTP      `yaml:"http" help:"The API and the pages."`
	Console  Console   `yaml:"console" help:"Who gets into the console, and for how long."`
	OIDC     OIDC      `yaml:"oidc" help:"Sign-in by an OpenID Connect provider, besides that by password."`
	Store    DSN       `yaml:"store" changes:"restart" help:"Where everything is remembered: sqlite:FILE, or postgres://user:password@host/database."`
	Trunks   []Trunk   `yaml:"trunks" help:"Carriers, in the order in which they are tried. A list; each entry has:"`
	Dialling Dialling  `yaml:"dialling" changes:"reload" help:"Which numbers may be dialled, by agents, transfers and forwards, and to ring a Telagent at a number that is typed. Nothing is dialled that no rule allows, but for emergency numbers and what the directory names: an agent's number there is a rule of its own, unless it is denied or costs more. An entry of a list is a country (DE), the beginning of a number (+4930), a short number (115), or + for every country; the longest entry that fits a number decides, of equal ones the denying one. Networks of no country (satellites, +882) need an entry of their own code, short numbers one of themselves."`
	Policy   Policy    `yaml:"policy" changes:"reload" help:"How long and how often: the timers of calls and agents."`
	Security Security  `yaml:"security" changes:"reload" help:"What strangers may do before they are not heard any more."`
	Overload Overload  `yaml:"overload" changes:"reload" help:"When there is too much to do, and what is turned away then (503, to be asked again some seconds later)."`
	History  History   `yaml:"history" help:"What is kept of calls that ended."`
	Webhooks []Webhook `yaml:"webhooks" help:"Who is told what happens, by signed HTTP requests, see webhooks.md. A list; each entry has:"`
	Drain    Drain     `yaml:"drain" changes:"reload" help:"What becomes of new calls while the gateway is being drained, see operations.md."`
	Restart  Restart   `yaml:"restart" changes:"reload" help:"What a stop leaves and a start finds, see operations.md."`
	Log      Log       `yaml:"log" help:"What is written to standard error."`

	// Warnings are what Load would tell whoever wrote the file, though it works; they are no key of the file.
	Warnings Complaints `yaml:"-"`
	// Outdated are the certificates that are no longer, or not yet, worth anything. The gateway starts with them.
	Outdated Complaints `yaml:"-"`

	source source `yaml:"-"`
}

// SIP is the section sip.
type SIP struct {
	Domain       string        `yaml:"domain" help:"Domain of all addresses of record, and the realm of passwords: agents must set their passwords anew when it changes."`
	Listen       []string      `yaml:"listen" help:"Where to listen, each as transport:address:port; transports are udp, tcp, tls, ws and wss, see transports.md. An IPv6 address stands in brackets; [::] takes IPv4 too."`
	Advertise    Advertise     `yaml:"advertise" help:"IP address that phones and trunks are told to answer to. Empty: the address listened on, so it is needed with 0.0.0.0 or [::]. Where there are several, name: address pairs, by ipv4, ipv6 or an entry of listen."`
	DNS          []string      `yaml:"dns" help:"Name servers for trunks and phones, each as address:port. Empty: those of the system."`
	SessionTimer time.Duration `yaml:"session_timer" help:"How long a call may go without a refresh of its dialog before it counts as lost (RFC 4028), at least 90s; 0s: for ever. It holds for phones, and for trunks that do not say otherwise."`

	AskPhones  time.Duration `yaml:"ask_phones" help:"How often each registered phone is asked whether it is there (OPTIONS), besides at once when something speaks against it; 0s: never."`
	WebOrigins []string      `yaml:"web_origins" help:"Origins of pages that may open a WebSocket (ws, wss), like https://phone.example.com; * for any. Pages from the host that they connect to may always; so may what is no page."`
	TLS        TLS           `yaml:"tls" help:"By what the gateway proves who it is to phones, browsers and trunks. All files are PEM, are read again by themselves when they change, and have names that count from the configuration file's folder."`
}

// TLS is the section sip.tls.
type TLS struct {
	Certificate  string             `yaml:"certificate" help:"File with the certificate, and those between it and its authority. Needed for tls and wss."`
	Key          string             `yaml:"key" help:"File with its key."`
	ClientCA     string             `yaml:"client_ca" help:"File with the authorities that vouch for the certificates of trunks that have certificate_names and no ca of their own."`
	Certificates []CertificateFiles `yaml:"certificates" help:"Further certificates, for peers that ask for a name (SNI) that the first is not for. A list; each entry has:"`
}

// CertificateFiles is one entry of sip.tls.certificates.
type CertificateFiles struct {
	Certificate string `yaml:"certificate" help:"As sip.tls.certificate."`
	Key         string `yaml:"key" help:"As sip.tls.key."`
}

// Media is the section media.
type Media struct {
	Listen     string        `yaml:"listen" help:"IP address that RTP is received on, or one of each kind, like \"0.0.0.0, 2001:db8::5\". Empty: the first of each kind in sip.listen."`
	Advertise  string        `yaml:"advertise" help:"IP address that the other side is told to send its RTP to, or one of each kind, like media.listen. Empty: sip.advertise."`
	Ports      Ports         `yaml:"ports" help:"First and last UDP port for RTP and RTCP, FIRST-LAST; FIRST even, LAST odd. A leg takes two."`
	Audio      string        `yaml:"audio" help:"Folder with WAV files (16-bit, mono, 8000 Hz) that replace the built-in music and prompts; others in it are music by their names, and sub-folders are languages, like de. Empty: built-in ones only."`
	Recordings string        `yaml:"recordings" help:"Folder for recordings of calls, stereo WAV files (about 115 MB an hour) that nobody but the gateway's user may read; made if it is not there. Empty: nothing is recorded."`
	Encryption string        `yaml:"encryption" changes:"reload" help:"Encryption (SRTP) of phones' audio: optional: offered to phones that signal over TLS, and done with every phone that asks for it; required: nothing else is spoken; rtp: none. Browsers' audio is always encrypted."`
	Codecs     []string      `yaml:"codecs" changes:"reload" help:"Codecs that phones are spoken to in, in the order in which they are offered and chosen; the one that the other side of a call uses comes first. Codecs: pcmu, pcma. Empty: both, and of a phone's offer its own first."`
	Silence    time.Duration `yaml:"silence" help:"How long nothing may be heard from a talking leg before its peer gets comfort audio."`
}

// HTTP is the section http.
type HTTP struct {
	Listen string  `yaml:"listen" help:"Where the API and the pages are served, as address:port. Agents' pages speak SIP there too, at /sip."`
	TLS    HTTPTLS `yaml:"tls" help:"By what the pages prove whose they are (HTTPS). Browsers let a page use the microphone with it, or on the gateway's own machine, alone. Files as those of sip.tls, which may be named here too."`
}

// HTTPTLS is the section http.tls.
type HTTPTLS struct {
	Certificate string `yaml:"certificate" help:"File with the certificate, and those between it and its authority. Empty: the pages are served without encryption, as for a reverse proxy on this machine."`
	Key         string `yaml:"key" help:"File with its key."`
}

// Trunk is one entry of trunks.
type Trunk struct {
	Name         string        `yaml:"name" help:"Its name in logs, pages and the directory; must be given and unique."`
	URI          string        `yaml:"uri" help:"Where calls are sent, sip:host:port;transport=udp (or tcp, tls), or sips:host:port; must be given."`
	Username     string        `yaml:"username" help:"User name for the carrier's digest challenge."`
	Password     Secret        `yaml:"password" changes:"reload" help:"Password for it; better from the environment than in the file."`
	PasswordFile string        `yaml:"password_file" changes:"reload" help:"File whose first line is the password, instead of password. A relative name counts from the configuration file's folder."`
	Register     bool          `yaml:"register" help:"Whether to register with the carrier (REGISTER). A trunk that is to be registered and is not is down."`
	AcceptFrom   []string      `yaml:"accept_from" changes:"reload" help:"Networks that its calls come from, as address/bits. Empty: the address in uri, if that is an IP address and certificate_names is empty; otherwise it sends none by its address."`
	Encryption   string        `yaml:"encryption" changes:"reload" help:"Encryption (SRTP) of its audio: rtp: none; optional: offered, and done if it asks for it; sdes: required, with keys in the signalling, which should be TLS then; dtls: required, with keys agreed on along the audio. Empty: rtp."`
	Codecs       []string      `yaml:"codecs" changes:"reload" help:"Codecs that are spoken with it, as media.codecs for phones. Empty: both, and of its offer its own first."`
	Channels     int           `yaml:"channels" changes:"reload" help:"Most calls at once; 0: no limit."`
	Priority     int           `yaml:"priority" changes:"reload" help:"Calls go to the trunk with the lowest number that is up and has a channel free; those of others follow when it does not take a call."`
	Weight       int           `yaml:"weight" changes:"reload" help:"Share of the calls that it gets among trunks of its priority. 0: only what those before it in the list cannot take."`
	CallsPerHour int           `yaml:"calls_per_hour" changes:"reload" help:"Most calls dialled over it within an hour; 0: no limit."`
	MaxDuration  time.Duration `yaml:"max_duration" changes:"reload" help:"When a call that an agent dialled over it is ended; 0s: dialling.max_duration alone."`
	Ping         time.Duration `yaml:"ping" help:"How often it is asked whether it is there (OPTIONS), more often while that is in doubt; 0s: never, it counts as up."`
	DownAfter    int           `yaml:"down_after" changes:"reload" help:"How many questions in a row it leaves unanswered until it is down; 0: 2."`
	UpAfter      int           `yaml:"up_after" changes:"reload" help:"How many it answers in a row until it is up again; 0: 2."`
	Proxy        string        `yaml:"proxy" help:"Outbound proxy of the carrier, written like uri: calls and registrations are sent there. Empty: to uri."`
	Registrar    string        `yaml:"registrar" help:"Domain or address to register with, written like uri. Empty: uri."`
	AuthUsername string        `yaml:"auth_username" changes:"reload" help:"User name for the digest challenge, if it is another one than username."`
	ContactUser  string        `yaml:"contact_user" help:"User part of the contact that is registered; the carrier sends calls to it. Empty: username."`
	RegisterFor  time.Duration `yaml:"register_for" help:"How long a registration is asked to last; it is refreshed well before. 0s: 10m."`

	CertificateNames []string `yaml:"certificate_names" help:"Names, one of which its TLS certificate has to have: letter by letter, so *.example.com is the name of a wildcard certificate. Who connects over TLS and shows one is this trunk, wherever he comes from. Empty: the host in uri, when we connect."`
	CA               string   `yaml:"ca" help:"File with the authorities that vouch for its certificate. Empty: those that this machine trusts when we connect, sip.tls.client_ca when it does."`
	Certificate      string   `yaml:"certificate" help:"File with the certificate that we show it. Empty: that of sip.tls."`
	Key              string   `yaml:"key" help:"File with the key of that."`

	Reliable     string         `yaml:"reliable" changes:"reload" help:"Whether its provisional responses are acknowledged (PRACK): offered, required or off. Empty: offered."`
	SessionTimer *time.Duration `yaml:"session_timer" changes:"reload" help:"How long a call over it may go without a refresh, at least 90s; 0s: for ever. Not given: as sip.session_timer."`
	Trusted      bool           `yaml:"trusted" changes:"reload" help:"Whether to believe what it asserts of a caller: his number (P-Asserted-Identity, Remote-Party-ID), whom he called first (Diversion, History-Info), and its check of the number's signature. Without it the number is that of From, a claim."`
	CallerID     TrunkCallerID  `yaml:"caller_id" changes:"reload" help:"How it is told who calls."`
	Rewrite      Rewrite        `yaml:"rewrite" changes:"reload" help:"How numbers change between what it sends or expects and what the directory has. Each is a list of rules, of which the first that fits is taken: \"00 -> +\" puts + in the place of a leading 00, \"-> 9\" puts 9 before every number, and \"/^0([1-9].*)$/ -> +49$1\" takes a regular expression. What no rule fits stays as it is."`
}

// TrunkCallerID is the section caller_id of a trunk.
type TrunkCallerID struct {
	Header    string `yaml:"header" help:"Where the number stands besides From: pai (P-Asserted-Identity), ppi (P-Preferred-Identity), rpid (Remote-Party-ID) or from (nowhere else). Empty: pai."`
	Account   string `yaml:"account" help:"Number that the carrier knows you by: it stands in that header instead of the shown one, which is in From alone. Empty: the shown one."`
	Diversion string `yaml:"diversion" help:"How it is told whom a customer called whose call is sent on with his own number: diversion, history_info or none. Empty: none."`
}

// Rewrite is the section rewrite of a trunk.
type Rewrite struct {
	CalledIn   []NumberRule `yaml:"called_in" help:"The number that a caller dialled."`
	CallingIn  []NumberRule `yaml:"calling_in" help:"The caller's number."`
	CalledOut  []NumberRule `yaml:"called_out" help:"The number that is dialled over it."`
	CallingOut []NumberRule `yaml:"calling_out" help:"The number that is shown."`
}

// Dialling is the section dialling.
type Dialling struct {
	Region      string        `yaml:"region" help:"Country in which numbers without a country code are read, like DE. Empty: they are not read."`
	Allow       []string      `yaml:"allow" help:"What may be dialled."`
	Deny        []string      `yaml:"deny" help:"What may not be dialled though a shorter entry allows it."`
	Premium     []string      `yaml:"premium" help:"Numbers that may be dialled though they cost more: premium, shared-cost and personal ones. They need no entry in allow."`
	Emergency   []string      `yaml:"emergency" help:"Emergency numbers besides 112, 911 and those of the region. They are dialled whatever rules and limits say."`
	MaxDuration time.Duration `yaml:"max_duration" help:"When a call that an agent dialled is ended; 0s: never."`
	Limits      DialLimits    `yaml:"limits" help:"What each person may dial."`
	CallerID    CallerID      `yaml:"caller_id" help:"Numbers in E.164 that are shown for calls that agents dial: the agent's, else the queue's, else the default."`
}

// DialLimits is the section dialling.limits.
type DialLimits struct {
	Calls   int `yaml:"calls" help:"Most calls at once; 0: no limit."`
	PerHour int `yaml:"per_hour" help:"Most calls begun within an hour; 0: no limit."`
}

// CallerID is the section dialling.caller_id.
type CallerID struct {
	Default string            `yaml:"default" help:"Shown where nothing else is. Empty: policy.access_number."`
	Queues  map[string]string `yaml:"queues" help:"By the queue that the call is made for."`
	Agents  map[string]string `yaml:"agents" help:"By the agent who calls."`
}

// Policy is the section policy.
type Policy struct {
	RingTime     time.Duration `yaml:"ring_time" help:"How long an agent is rung before the next one is tried."`
	Strikes      int           `yaml:"strikes" help:"Unanswered offers in a row before an agent is set away (RNA)."`
	CutOff       time.Duration `yaml:"cut_off" help:"Silence before a talking agent counts as cut off."`
	SorryAfter   time.Duration `yaml:"sorry_after" help:"Time that a customer spends on comfort audio before he hears an apology."`
	RequeueAfter time.Duration `yaml:"requeue_after" help:"Time cut off before the customer goes back to his queue, on top."`
	ConfirmTime  time.Duration `yaml:"confirm_time" help:"How long a called phone is asked to press 1, or for the next key of a PIN, before it counts as a machine."`
	WrapUp       time.Duration `yaml:"wrap_up" help:"After-call work of agents whose directory entry does not say."`
	IdleTimeout  time.Duration `yaml:"idle_timeout" help:"Time without a key press or a call before an agent is set away (IDLE_TIMEOUT); 0s: never. It does not run while he is a Telagent, on break or away."`
	PageGrace    time.Duration `yaml:"page_grace" help:"How long an agent who closed his last page still gets offers. Who never had a page, and a Telagent, gets them without one."`
	AfterSignIn  string        `yaml:"after_sign_in" help:"Status after sign-in of agents whose directory entry does not say: not_ready, away or available. With the first two an agent is away in all his offices too, until he says that he is available."`
	UndoTime     time.Duration `yaml:"undo_time" help:"How long a switch of several agents can be undone; 0s: not at all."`
	DialTime     time.Duration `yaml:"dial_time" help:"How long a call of an agent to somebody outside rings before it is given up."`
	AccessNumber string        `yaml:"access_number" help:"Number in E.164 that a Telagent's phone shows as the caller. Empty: withheld. Called, it leads to sign-on by phone, unless a queue has it."`
	Machines     int           `yaml:"machines" help:"Answers in a row at a number of an agent without a key, as by a machine, after which it is tried after his others and an alarm is raised; 0: never."`
	TestCalls    int           `yaml:"test_calls" help:"Most test calls to one number within an hour."`
	TestRing     time.Duration `yaml:"test_ring" help:"How long a test call rings: then the number counts as reached, and it ends."`
	Language     string        `yaml:"language" changes:"upgrade" help:"Language that agents and customers are spoken to in where neither their directory entry nor their queue says: en, de, or that of a sub-folder of media.audio. What a language lacks is said in English."`
	Reserve      int           `yaml:"emergency_reserve" help:"Channels of each trunk that emergency calls alone may take; a trunk with that few keeps one for other calls."`
	Unreachable  Unreachable   `yaml:"unreachable" help:"What follows when an agent was rung and did not take the call, for each cause; a queue may have rules of its own."`
	Outage       Outage        `yaml:"outage" help:"What counts as a lost softphone, as an outage of a site, and as the end of it. In a call only sound and cut_off decide."`
	NailedUp     NailedUp      `yaml:"nailed_up" help:"The legs that stay up between the calls of Telagents with nailed_up in the directory."`
	Thresholds   Thresholds    `yaml:"thresholds" help:"How long a status may last before its timer turns amber, then red."`

	FeatureCodes map[string]string `yaml:"feature_codes" help:"What agents dial on their phones: a code, * first, and what it does: available, not_ready, break, break:REASON, away, offline, end_wrap_up, continue_wrap_up or, by keys in a call of a Telagent, hang_up. A digit more after the code of a plain break takes one of the directory's break_reasons, *731 the first. The codes of the file are all that there are; {}: none."`

	AccessNumbers []string  `yaml:"access_numbers" help:"Numbers that lead to sign-on by phone too, in whatever form trunks deliver them."`
	ByPhone       bool      `yaml:"supervisors_by_phone" help:"Let supervisors and administrators who have a phone_id and a pin switch their teams by phone. A PIN is no password, so this is off unless you want it; see docs/telagent-by-phone.md."`
	MenuLegs      int       `yaml:"menu_legs" help:"Most callers of the access number at once; who comes then is refused."`
	WrongPINs     WrongPINs `yaml:"wrong_pins" help:"How many wrong PINs lock sign-on by phone. A lock hinders nothing else."`
}

// WrongPINs is the section policy.wrong_pins.
type WrongPINs struct {
	Agent  int           `yaml:"agent" help:"Wrong PINs of one agent or user before sign-on by phone is locked for him. A new PIN unlocks it."`
	Caller int           `yaml:"caller" help:"Wrong PINs from one number before calls from it are refused. All withheld numbers count as one."`
	All    int           `yaml:"all" help:"Wrong PINs of all together before every call is refused."`
	Within time.Duration `yaml:"within" help:"Time in which they are counted."`
	Lock   time.Duration `yaml:"lock" help:"How long a lock lasts."`
}

// Outage is the section policy.outage.
type Outage struct {
	Flow         time.Duration `yaml:"flow" help:"Its stream connection is gone for this long: a softphone without a call counts as lost."`
	Registration time.Duration `yaml:"registration" help:"The refresh of its registration is overdue for this long: likewise."`
	Answers      time.Duration `yaml:"answers" help:"It has not answered for this long since the question was given up: likewise."`
	Contact      time.Duration `yaml:"contact" help:"It is registered no more for this long: likewise. It is not rung from the first moment on."`
	Reports      time.Duration `yaml:"reports" help:"A leg that is silent and sent RTCP counts as silent again when none came for this long."`
	Media        time.Duration `yaml:"media" help:"How long a softphone that was lost in a call is not rung after it without a sign of life; 0s: it is at once."`
	HoldOff      time.Duration `yaml:"hold_off" help:"How long a phone that is there again is not rung yet."`
	SiteLeast    int           `yaml:"site_least" help:"One alarm for a site is raised instead of many when at least these many softphones are lost …"`
	SitePercent  int           `yaml:"site_percent" help:"… and this share, in percent, of those signed on there …"`
	SiteWindow   time.Duration `yaml:"site_window" help:"… within this time."`
	AlarmHold    time.Duration `yaml:"alarm_hold" help:"How long the alarm of one agent waits for those of others at his site; a site's alarm is worded anew no more often."`
	BackAfter    time.Duration `yaml:"back_after" help:"How long a softphone has to be there again before its agent is offered the way back to it."`
	BackLongest  time.Duration `yaml:"back_longest" help:"The most that this grows to; it doubles each time that the softphone goes again, and shrinks as time passes."`
}

// NailedUp is the section policy.nailed_up.
type NailedUp struct {
	IdleTimeout time.Duration `yaml:"idle_timeout" help:"Time without a call after which the leg is hung up; the next call dials it again. 0s: never."`
	RedialAfter time.Duration `yaml:"redial_after" help:"How soon a leg that was hung up or lost is dialled again."`
	Failures    int           `yaml:"failures" help:"Times in a row that it does not come back before its agent is set away (DEVICE_LOST)."`
}

// Thresholds is the section policy.thresholds.
type Thresholds struct {
	Available Threshold `yaml:"available" help:"Of being available."`
	NotReady  Threshold `yaml:"not_ready" help:"Of being not ready."`
	OnBreak   Threshold `yaml:"on_break" help:"Of a break."`
	Away      Threshold `yaml:"away" help:"Of being away."`
	InLine    Threshold `yaml:"in_line" help:"Of a call."`
	ACW       Threshold `yaml:"acw" help:"Of after-call work."`
}

// Threshold is one entry of policy.thresholds.
type Threshold struct {
	Amber time.Duration `yaml:"amber" help:"After it the timer is amber; 0s: never."`
	Red   time.Duration `yaml:"red" help:"After it the timer is red; 0s: never."`
}

// Log is the section log.
type Log struct {
	Level  string `yaml:"level" changes:"reload" help:"debug, info, warn or error."`
	Format string `yaml:"format" help:"console for people, json for machines."`
}

// Default returns what holds without a file: loopback only, and the store in one file in the working directory.
func Default() *Config {
	return &Config{
		SIP: SIP{
			Domain: "localhost",
			Listen: []string{"udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"}, AskPhones: 30 * time.Second, SessionTimer: 30 * time.Minute,
		},
		Media:    Media{Ports: Ports{First: 20000, Last: 29999}, Encryption: "optional", Silence: time.Second},
		HTTP:     HTTP{Listen: "127.0.0.1:8080"},
		Store:    "sqlite:telagent.db",
		History:  History{Ladders: Ladders{Keep: 7 * 24 * time.Hour, AtMost: 100_000}},
		Dialling: Dialling{MaxDuration: 4 * time.Hour},
		Policy: Policy{
			RingTime:     20 * time.Second,
			Strikes:      3,
			CutOff:       5 * time.Second,
			SorryAfter:   10 * time.Second,
			RequeueAfter: 90 * time.Second,
			ConfirmTime:  10 * time.Second,
			WrapUp:       30 * time.Second,
			IdleTimeout:  time.Hour,
			PageGrace:    30 * time.Second,
			AfterSignIn:  "not_ready",
			UndoTime:     time.Minute,
			DialTime:     time.Minute,
			Language:     "en",
			Machines:     3,
			TestCalls:    6,
			TestRing:     5 * time.Second,
			Reserve:      1,
			MenuLegs:     20,
			WrongPINs:    WrongPINs{Agent: 5, Caller: 10, All: 100, Within: time.Hour, Lock: 30 * time.Minute},
			Outage: Outage{
				Flow: 3 * time.Second, Registration: 5 * time.Second, Answers: 5 * time.Second, Contact: 5 * time.Second, Reports: time.Second,
				Media: time.Minute, HoldOff: 5 * time.Second, SiteLeast: 3, SitePercent: 50, SiteWindow: 10 * time.Second, AlarmHold: 2 * time.Second,
				BackAfter: time.Minute, BackLongest: 15 * time.Minute,
			},
			NailedUp: NailedUp{IdleTimeout: time.Hour, RedialAfter: time.Second, Failures: 3},
			FeatureCodes: map[string]string{
				"*70": "hang_up", "*71": "available", "*72": "not_ready", "*73": "break", "*74": "end_wrap_up", "*75": "continue_wrap_up", "*76": "away", "*79": "offline",
			},
			Thresholds: Thresholds{
				NotReady: Threshold{Amber: 15 * time.Minute, Red: 30 * time.Minute},
				OnBreak:  Threshold{Amber: 30 * time.Minute, Red: time.Hour},
				Away:     Threshold{Amber: 30 * time.Minute, Red: time.Hour},
				InLine:   Threshold{Amber: 15 * time.Minute, Red: 30 * time.Minute},
				ACW:      Threshold{Amber: time.Minute, Red: 3 * time.Minute},
			},
			Unreachable: Unreachable{
				Declined:    Unreached{Delay: 10 * time.Second, Status: "stay"},
				Busy:        Unreached{Delay: 10 * time.Second, Status: "stay", NextNumber: true},
				NoAnswer:    Unreached{Delay: 5 * time.Second, Status: "stay", Strike: true},
				NoConfirm:   Unreached{Delay: 10 * time.Second, Status: "stay", Strike: true, NextNumber: true},
				Unreachable: Unreached{Delay: 10 * time.Second, Status: "stay", NextNumber: true},
				TrunkFault:  Unreached{Delay: 5 * time.Second, Status: "stay", NextNumber: true},
				NoCapacity:  Unreached{Delay: time.Second, Status: "stay", NextNumber: true},
			},
		},
		Security: usualSecurity,
		Overload: usualOverload,
		Console:  usualConsole,
		OIDC:     usualOIDC,
		Drain:    usualDrain,
		Restart:  usualRestart,
		Log:      Log{Level: "info", Format: "console"},
	}
}

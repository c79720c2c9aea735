package dialplan

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Kind is what a number is, as far as its digits tell.
type Kind uint8

// The kinds. Where mobile numbers look like fixed ones, as in the United States, both are Fixed.
const (
	Unknown       Kind = iota // in no range that is known; it may exist all the same
	Fixed                     // a place, or a mobile phone that looks like one
	Mobile                    // a mobile phone
	TollFree                  // costs the caller nothing
	Premium                   // costs a lot
	SharedCost                // costs more than a plain call
	Personal                  // follows a person; costs more than a plain call
	VoIP                      // a phone on the internet
	Pager                     // a pager
	UAN                       // a company's one number everywhere
	International             // in a network of no country, such as satellites; costs a lot
	Emergency                 // 112 and the like: always dialled
	Short                     // a short number of the country, or of the house
	Feature                   // a feature code like *71: for the gateway, never for a trunk
)

var kindWords = []string{
	"unknown", "fixed", "mobile", "toll_free", "premium", "shared_cost", "personal", "voip", "pager", "uan", "international",
	"emergency", "short", "feature",
}

// String returns the kind's word: unknown, fixed, mobile, toll_free and so on.
func (k Kind) String() string {
	if int(k) < len(kindWords) {
		return kindWords[k]
	}
	return "invalid"
}

var kinds = map[phonenumbers.PhoneNumberType]Kind{
	phonenumbers.FIXED_LINE: Fixed, phonenumbers.MOBILE: Mobile, phonenumbers.FIXED_LINE_OR_MOBILE: Fixed,
	phonenumbers.TOLL_FREE: TollFree, phonenumbers.PREMIUM_RATE: Premium, phonenumbers.SHARED_COST: SharedCost,
	phonenumbers.VOIP: VoIP, phonenumbers.PERSONAL_NUMBER: Personal, phonenumbers.PAGER: Pager, phonenumbers.UAN: UAN,
	phonenumbers.VOICEMAIL: UAN,
}

// networks are the country codes of no country whose numbers are phones: ships and aircraft, personal numbers,
// satellites, networks of several countries, disaster relief (ITU-T E.164.1). The codes 800, 808 and 979 have kinds of
// their own.
var networks = []int32{870, 878, 881, 882, 883, 888}

// dear are ranges that cost a lot whatever follows: a carrier may end a number where it is complete, and then one that
// is too long for its range, and thus Unknown, is charged like it.
var dear = []string{"+979", "+1900", "+449", "+4470", "+49900", "+49137", "+49118"}

// kindOf returns what a number is that is dialled as dial; p is cut to a valid length.
func kindOf(p *phonenumbers.PhoneNumber, dial string) Kind {
	if slices.Contains(networks, p.GetCountryCode()) {
		return International
	}
	k := kinds[phonenumbers.GetNumberType(p)]
	if k == Unknown && phonenumbers.TruncateTooLongNumber(p) { // carriers ignore what is too much, and charge the rest
		k = kinds[phonenumbers.GetNumberType(p)]
	}
	if (k == Unknown || k == Fixed) && slices.ContainsFunc(dear, func(beginning string) bool { return strings.HasPrefix(dial, beginning) }) {
		return Premium
	}
	return k
}

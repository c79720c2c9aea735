package telagent_test

import "telagent-gateway/telagent"

// pinOf returns the credentials of an agent with a PIN; nil: they stay.
func pinOf(o options) *telagent.Credentials {
	if pin := o.after("secret"); pin != "" {
		return &telagent.Credentials{PIN: "hash of " + pin}
	}
	return nil
}

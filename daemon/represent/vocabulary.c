/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/vocabulary.h"

#include "base/buf.h"

#define ATTENDEES "maximumAttendeeCapacity"

static const struct vocabulary kinds[] = {
	{ "accommodation", "LodgingBusiness", WHERE_SELF, OFFERED_MAKES, false, ATTENDEES, ", :PlaceOfInterest, :Accommodation" },
	{ "home_exchange", "Accommodation", WHERE_SELF, OFFERED_NOT, false, "occupancy", ", :PlaceOfInterest, :Accommodation" },
	{ "hosted_meal", "FoodService", WHERE_AREA, OFFERED, false, NULL, "" },
	{ "camper_van", "Product", WHERE_OFFER, OFFERED, true, NULL, ", :Product, :AccommodationProduct, :CampingCar" },
	{ "boat", "Product", WHERE_OFFER, OFFERED, true, NULL, ", :Product, :Rental, :EquipmentRental" },
	{ "coworking", "LocalBusiness", WHERE_SELF, OFFERED_MAKES, false, ATTENDEES, ", :PlaceOfInterest, :BusinessPlace" },
	{ "childcare", "ChildCare", WHERE_SELF, OFFERED_MAKES, false, ATTENDEES, ", :PlaceOfInterest, :ServiceProvider" },
	{ "deal", "Offer", WHERE_OFFER, OFFERED_SELF, false, NULL, "" },
	{ "activity", "Product", WHERE_OFFER, OFFERED, false, NULL, ", :Product, :Practice" },
	{ "tour", "TouristTrip", WHERE_ORIGIN, OFFERED, false, NULL, ", :Tour" },
	{ "game", "Product", WHERE_OFFER, OFFERED, false, NULL, ", :Product, :Practice" },
	{ "event", "Event", WHERE_LOCATION, OFFERED, false, ATTENDEES, ", :EntertainmentAndEvent" },
	{ "place", "Place", WHERE_SELF, OFFERED_NOT, false, ATTENDEES, ", :PlaceOfInterest" },
	{ "product", "Product", WHERE_OFFER, OFFERED, false, NULL, ", :Product" },
	{ .kind = NULL, .schema = "Thing", .where = WHERE_OFFER, .offered = OFFERED_NOT, .datatourisme = "" },
};

/* Without a price. */
static const struct vocabulary unpriced[] = {
	{ "camper_van", "Vehicle", WHERE_OFFER, OFFERED, true, NULL, ", :Product, :AccommodationProduct, :CampingCar" },
	{ "boat", "Vehicle", WHERE_OFFER, OFFERED, true, NULL, ", :Product, :Rental, :EquipmentRental" },
	{ "activity", "TouristAttraction", WHERE_SELF, OFFERED_NOT, false, ATTENDEES, ", :Product, :Practice" },
	{ "game", "TouristAttraction", WHERE_SELF, OFFERED_NOT, false, ATTENDEES, ", :Product, :Practice" },
	{ .kind = NULL },
};

static const struct vocabulary *
find(const struct vocabulary *table, struct text kind)
{
	while (table->kind != NULL && (strlen(table->kind) != kind.len || memcmp(table->kind, kind.s, kind.len) != 0))
		table++;
	return table;
}

const struct vocabulary *
vocabulary_of(const struct listing_row *row)
{
	const struct listing *l = &row->listing;
	struct text kind = l->text[LISTING_KIND].s != NULL ? l->text[LISTING_KIND] : (struct text){ "", 0 };
	if (l->integer[LISTING_PRICE_MINOR] == LISTING_NO_INTEGER || l->text[LISTING_CURRENCY].s == NULL) {
		const struct vocabulary *v = find(unpriced, kind);
		if (v->kind != NULL)
			return v;
	}
	return find(kinds, kind);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonld/schema.h"

#include <string.h>
#include <strings.h>

/* A type, and what it is a kind of.  Types of several kinds stand there once. */
static const struct {
	const char *type, *parent;
} types[] = {
	{ "BusinessEvent", "Event" }, { "ChildrensEvent", "Event" }, { "ComedyEvent", "Event" },
	{ "CourseInstance", "Event" }, { "DanceEvent", "Event" }, { "DeliveryEvent", "Event" },
	{ "EducationEvent", "Event" }, { "EventSeries", "Event" }, { "ExhibitionEvent", "Event" },
	{ "Festival", "Event" }, { "FoodEvent", "Event" }, { "Hackathon", "Event" }, { "LiteraryEvent", "Event" },
	{ "MusicEvent", "Event" }, { "PublicationEvent", "Event" }, { "SaleEvent", "Event" },
	{ "ScreeningEvent", "Event" }, { "SocialEvent", "Event" }, { "SportsEvent", "Event" },
	{ "TheaterEvent", "Event" }, { "VisualArtsEvent", "Event" }, { "ConferenceEvent", "Event" },
	{ "PerformingArtsEvent", "Event" }, { "Accommodation", "Place" }, { "CivicStructure", "Place" },
	{ "Landform", "Place" }, { "LandmarksOrHistoricalBuildings", "Place" }, { "LocalBusiness", "Place" },
	{ "Residence", "Place" }, { "TouristAttraction", "Place" }, { "TouristDestination", "Place" },
	{ "Apartment", "Accommodation" }, { "CampingPitch", "Accommodation" }, { "House", "Accommodation" },
	{ "Room", "Accommodation" }, { "Suite", "Accommodation" }, { "SingleFamilyResidence", "House" },
	{ "HotelRoom", "Room" }, { "MeetingRoom", "Room" }, { "ApartmentComplex", "Residence" },
	{ "GatedResidenceCommunity", "Residence" }, { "Airport", "CivicStructure" },
	{ "Aquarium", "CivicStructure" }, { "Beach", "CivicStructure" }, { "BoatTerminal", "CivicStructure" },
	{ "Bridge", "CivicStructure" }, { "BusStation", "CivicStructure" }, { "BusStop", "CivicStructure" },
	{ "Campground", "CivicStructure" }, { "Cemetery", "CivicStructure" }, { "Crematorium", "CivicStructure" },
	{ "EducationalOrganization", "CivicStructure" }, { "EventVenue", "CivicStructure" },
	{ "FireStation", "CivicStructure" }, { "GovernmentBuilding", "CivicStructure" },
	{ "Hospital", "CivicStructure" }, { "MovieTheater", "CivicStructure" }, { "Museum", "CivicStructure" },
	{ "MusicVenue", "CivicStructure" }, { "Park", "CivicStructure" }, { "ParkingFacility", "CivicStructure" },
	{ "PerformingArtsTheater", "CivicStructure" }, { "PlaceOfWorship", "CivicStructure" },
	{ "Playground", "CivicStructure" }, { "PoliceStation", "CivicStructure" },
	{ "PublicToilet", "CivicStructure" }, { "RVPark", "CivicStructure" }, { "StadiumOrArena", "CivicStructure" },
	{ "SubwayStation", "CivicStructure" }, { "TaxiStand", "CivicStructure" },
	{ "TrainStation", "CivicStructure" }, { "Zoo", "CivicStructure" }, { "CityHall", "GovernmentBuilding" },
	{ "Courthouse", "GovernmentBuilding" }, { "BuddhistTemple", "PlaceOfWorship" },
	{ "Church", "PlaceOfWorship" }, { "HinduTemple", "PlaceOfWorship" }, { "Mosque", "PlaceOfWorship" },
	{ "Synagogue", "PlaceOfWorship" }, { "CatholicChurch", "Church" }, { "BodyOfWater", "Landform" },
	{ "Mountain", "Landform" }, { "Volcano", "Landform" }, { "Canal", "BodyOfWater" },
	{ "LakeBodyOfWater", "BodyOfWater" }, { "OceanBodyOfWater", "BodyOfWater" }, { "Pond", "BodyOfWater" },
	{ "Reservoir", "BodyOfWater" }, { "RiverBodyOfWater", "BodyOfWater" }, { "SeaBodyOfWater", "BodyOfWater" },
	{ "Waterfall", "BodyOfWater" }, { "AnimalShelter", "LocalBusiness" },
	{ "ArchiveOrganization", "LocalBusiness" }, { "AutomotiveBusiness", "LocalBusiness" },
	{ "ChildCare", "LocalBusiness" }, { "Dentist", "LocalBusiness" },
	{ "DryCleaningOrLaundry", "LocalBusiness" }, { "EmergencyService", "LocalBusiness" },
	{ "EmploymentAgency", "LocalBusiness" }, { "EntertainmentBusiness", "LocalBusiness" },
	{ "FinancialService", "LocalBusiness" }, { "FoodEstablishment", "LocalBusiness" },
	{ "GovernmentOffice", "LocalBusiness" }, { "HealthAndBeautyBusiness", "LocalBusiness" },
	{ "HomeAndConstructionBusiness", "LocalBusiness" }, { "InternetCafe", "LocalBusiness" },
	{ "LegalService", "LocalBusiness" }, { "Library", "LocalBusiness" }, { "LodgingBusiness", "LocalBusiness" },
	{ "MedicalBusiness", "LocalBusiness" }, { "ProfessionalService", "LocalBusiness" },
	{ "RadioStation", "LocalBusiness" }, { "RealEstateAgent", "LocalBusiness" },
	{ "RecyclingCenter", "LocalBusiness" }, { "SelfStorage", "LocalBusiness" },
	{ "ShoppingCenter", "LocalBusiness" }, { "SportsActivityLocation", "LocalBusiness" },
	{ "Store", "LocalBusiness" }, { "TelevisionStation", "LocalBusiness" },
	{ "TouristInformationCenter", "LocalBusiness" }, { "TravelAgency", "LocalBusiness" },
	{ "AutoBodyShop", "AutomotiveBusiness" }, { "AutoDealer", "AutomotiveBusiness" },
	{ "AutoPartsStore", "AutomotiveBusiness" }, { "AutoRental", "AutomotiveBusiness" },
	{ "AutoRepair", "AutomotiveBusiness" }, { "AutoWash", "AutomotiveBusiness" },
	{ "GasStation", "AutomotiveBusiness" }, { "MotorcycleDealer", "AutomotiveBusiness" },
	{ "MotorcycleRepair", "AutomotiveBusiness" }, { "AmusementPark", "EntertainmentBusiness" },
	{ "ArtGallery", "EntertainmentBusiness" }, { "Casino", "EntertainmentBusiness" },
	{ "ComedyClub", "EntertainmentBusiness" }, { "NightClub", "EntertainmentBusiness" },
	{ "Bakery", "FoodEstablishment" }, { "BarOrPub", "FoodEstablishment" }, { "Brewery", "FoodEstablishment" },
	{ "CafeOrCoffeeShop", "FoodEstablishment" }, { "Distillery", "FoodEstablishment" },
	{ "FastFoodRestaurant", "FoodEstablishment" }, { "IceCreamShop", "FoodEstablishment" },
	{ "Restaurant", "FoodEstablishment" }, { "Winery", "FoodEstablishment" },
	{ "BeautySalon", "HealthAndBeautyBusiness" }, { "DaySpa", "HealthAndBeautyBusiness" },
	{ "HairSalon", "HealthAndBeautyBusiness" }, { "HealthClub", "HealthAndBeautyBusiness" },
	{ "NailSalon", "HealthAndBeautyBusiness" }, { "TattooParlor", "HealthAndBeautyBusiness" },
	{ "BedAndBreakfast", "LodgingBusiness" }, { "Hostel", "LodgingBusiness" }, { "Hotel", "LodgingBusiness" },
	{ "Motel", "LodgingBusiness" }, { "Resort", "LodgingBusiness" }, { "VacationRental", "LodgingBusiness" },
	{ "SkiResort", "Resort" }, { "BowlingAlley", "SportsActivityLocation" },
	{ "ExerciseGym", "SportsActivityLocation" }, { "GolfCourse", "SportsActivityLocation" },
	{ "PublicSwimmingPool", "SportsActivityLocation" }, { "SportsClub", "SportsActivityLocation" },
	{ "TennisComplex", "SportsActivityLocation" }, { "AutoPartsStore", "Store" }, { "BikeStore", "Store" },
	{ "BookStore", "Store" }, { "ClothingStore", "Store" }, { "ComputerStore", "Store" },
	{ "ConvenienceStore", "Store" }, { "DepartmentStore", "Store" }, { "ElectronicsStore", "Store" },
	{ "Florist", "Store" }, { "FurnitureStore", "Store" }, { "GardenStore", "Store" },
	{ "GroceryStore", "Store" }, { "HardwareStore", "Store" }, { "HobbyShop", "Store" },
	{ "HomeGoodsStore", "Store" }, { "JewelryStore", "Store" }, { "LiquorStore", "Store" },
	{ "MensClothingStore", "Store" }, { "MobilePhoneStore", "Store" }, { "MovieRentalStore", "Store" },
	{ "MusicStore", "Store" }, { "OfficeEquipmentStore", "Store" }, { "OutletStore", "Store" },
	{ "PawnShop", "Store" }, { "PetStore", "Store" }, { "ShoeStore", "Store" },
	{ "SportingGoodsStore", "Store" }, { "TireShop", "Store" }, { "ToyStore", "Store" },
	{ "WholesaleStore", "Store" }, { "IndividualProduct", "Product" }, { "ProductCollection", "Product" },
	{ "ProductGroup", "Product" }, { "ProductModel", "Product" }, { "SomeProducts", "Product" },
	{ "Vehicle", "Product" }, { "BusOrCoach", "Vehicle" }, { "Car", "Vehicle" }, { "Motorcycle", "Vehicle" },
	{ "MotorizedBicycle", "Vehicle" }, { "AggregateOffer", "Offer" }, { "OfferForLease", "Offer" },
	{ "OfferForPurchase", "Offer" }, { "FoodService", "Service" }, { "Taxi", "Service" },
	{ "TaxiService", "Service" }, { "BoatTrip", "Trip" }, { "BusTrip", "Trip" }, { "Flight", "Trip" },
	{ "TouristTrip", "Trip" }, { "TrainTrip", "Trip" },
};

enum { LINES_MAX = 8 };		/* from any type up to its root */

const char *
schema_local(const char *name)
{
	static const char *const prefixes[] = { "https://schema.org/", "http://schema.org/", "https://www.schema.org/",
		"http://www.schema.org/", "schema:" };
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return name + strlen(prefixes[i]);
	return name;
}

static bool
is_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	while (*words != '\0') {
		size_t n = strcspn(words, " ,");
		if (n == len && strncmp(words, word, n) == 0)
			return true;
		words += n;
		words += strspn(words, " ,");
	}
	return false;
}

static const char *
parent_of(const char *type)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i].type, type) == 0)
			return types[i].parent;
	return NULL;
}

bool
schema_is_a(const char *type, const char *wanted)
{
	for (int line = 0; type != NULL && line < LINES_MAX; line++) {
		if (is_word(wanted, type))
			return true;
		type = parent_of(type);
	}
	return false;
}

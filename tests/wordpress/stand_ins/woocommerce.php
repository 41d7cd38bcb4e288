<?php
/**
 * Stands in for WooCommerce: the product type with its taxonomies, a lookup table, and products whose texts are given to
 * WordPress without slashes.
 */
define( 'WC_VERSION', '9.1.0' );

class WooCommerce {}
class WC_Data_Exception extends Exception {}

class WC_Product_Simple {

	public $id = 0;
	private $changes = array();

	public function __construct( $id = 0 ) {
		$this->id = $id;
	}

	public function __call( $name, $arguments ) {
		$fields = array(
			'set_name'              => 'post_title',
			'set_description'       => 'post_content',
			'set_short_description' => 'post_excerpt',
			'set_slug'              => 'post_name',
			'set_status'            => 'post_status',
		);
		$this->changes[ $fields[ $name ] ] = $arguments[0];
	}

	public function save() {
		global $wpdb;
		if ( isset( $this->changes['post_title'] ) && 'Refused by the shop' === $this->changes['post_title'] ) {
			throw new WC_Data_Exception( 'No such product.' );
		}
		$is_new = 0 === $this->id;
		if ( $is_new ) {
			$this->id = (int) wp_insert_post( array_merge( array( 'post_type' => 'product' ), $this->changes ) );
			wp_set_object_terms( $this->id, 'simple', 'product_type' );
			update_post_meta( $this->id, '_price', '' );
		} elseif ( $this->changes ) {
			wp_update_post( array_merge( array( 'ID' => $this->id ), $this->changes ) );
		}
		$this->changes = array();
		$wpdb->replace(
			$wpdb->prefix . 'wc_product_meta_lookup',
			array(
				'product_id' => $this->id,
				'status'     => get_post_status( $this->id ),
			)
		);
		do_action( $is_new ? 'woocommerce_new_product' : 'woocommerce_update_product', $this->id );
		return $this->id;
	}
}

function wc_get_product( $id ) {
	return 'product' === get_post_type( $id ) ? new WC_Product_Simple( (int) $id ) : false;
}

$GLOBALS['wpdb']->query( "CREATE TABLE IF NOT EXISTS {$GLOBALS['wpdb']->prefix}wc_product_meta_lookup (product_id bigint PRIMARY KEY, status varchar(20)) ENGINE=InnoDB" );
add_action(
	'deleted_post',
	static function ( $id ) {
		$GLOBALS['wpdb']->delete( $GLOBALS['wpdb']->prefix . 'wc_product_meta_lookup', array( 'product_id' => $id ) );
	}
);
add_action(
	'init',
	static function () {
		register_taxonomy( 'product_type', 'product', array( 'public' => false ) );
		register_taxonomy( 'product_cat', 'product', array( 'hierarchical' => true ) );
		register_taxonomy( 'product_tag', 'product' );
		register_post_type(
			'product',
			array(
				'public'   => true,
				'label'    => 'Products',
				'supports' => array( 'title', 'editor', 'excerpt', 'thumbnail' ),
			)
		);
	},
	5
);

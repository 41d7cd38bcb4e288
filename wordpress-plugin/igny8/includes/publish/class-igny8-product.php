<?php
/**
 * Products.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Lets WooCommerce make and update products, so that its types, lookup tables and hooks are as it wants them. Texts are
 * written again by WordPress afterwards: WooCommerce gives them to it without slashes, which takes backslashes away.
 */
class IGNY8_Product {

	const TYPE    = 'product';
	const GALLERY = '_product_image_gallery';

	/**
	 * Whether products can be written.
	 *
	 * @return bool
	 */
	public static function available() {
		return class_exists( 'WooCommerce' ) && class_exists( 'WC_Product_Simple' ) && function_exists( 'wc_get_product' );
	}

	/**
	 * Makes a simple product as a draft.
	 *
	 * @param array<string,mixed> $post Post as wp_insert_post() takes it.
	 * @return int Product.
	 * @throws IGNY8_Exception When WooCommerce refuses.
	 */
	public static function insert( $post ) {
		$product = new WC_Product_Simple();
		$product->set_status( 'draft' );
		return self::save( $product, $post );
	}

	/**
	 * Updates the texts of a product; price, stock and all the rest are not ours.
	 *
	 * @param int                 $post_id Product.
	 * @param array<string,mixed> $post    Post as wp_update_post() takes it.
	 * @throws IGNY8_Exception When WooCommerce refuses.
	 */
	public static function update( $post_id, $post ) {
		$product = wc_get_product( $post_id );
		if ( ! $product ) {
			throw self::failed( '' );
		}
		self::save( $product, $post );
	}

	/**
	 * Lets WooCommerce take note of what WordPress wrote: lookup tables and caches.
	 *
	 * @param int $post_id Product.
	 * @throws IGNY8_Exception When WooCommerce refuses.
	 */
	public static function refresh( $post_id ) {
		clean_post_cache( $post_id );
		$product = wc_get_product( $post_id );
		if ( ! $product || (int) $product->save() !== $post_id ) {
			throw self::failed( '' );
		}
	}

	/**
	 * Saves a product.
	 *
	 * @param WC_Product          $product Product.
	 * @param array<string,mixed> $post    Post.
	 * @return int
	 * @throws IGNY8_Exception When WooCommerce refuses.
	 */
	private static function save( $product, $post ) {
		$product->set_name( $post['post_title'] );
		$product->set_description( $post['post_content'] );
		$product->set_short_description( $post['post_excerpt'] );
		if ( isset( $post['post_name'] ) ) {
			$product->set_slug( $post['post_name'] );
		}
		try {
			$post_id = (int) $product->save();
		} catch ( WC_Data_Exception $refusal ) {
			throw self::failed( $refusal->getMessage() );
		}
		if ( $post_id <= 0 ) {
			throw self::failed( '' );
		}
		return $post_id;
	}

	/**
	 * The error of a product.
	 *
	 * @param string $reason Reason.
	 * @return IGNY8_Exception
	 */
	private static function failed( $reason ) {
		/* translators: %s: reason. */
		return new IGNY8_Exception( 'POST_FAILED', trim( sprintf( __( 'WooCommerce did not save the product. %s', 'igny8' ), $reason ) ), 500, 'content' );
	}
}
